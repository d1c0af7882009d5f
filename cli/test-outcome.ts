import { join, resolve } from 'node:path'
import { checkBudget } from '../boot/report/budget.js'
import { readBaseline, readBudget } from '../boot/report/budget-file.js'
import { withHistory } from '../boot/report/history.js'
import { readReport } from '../boot/report/read-report.js'
import type { TestReport } from '../boot/report/test-report.js'
import { writeReports } from '../boot/report/write-reports.js'
import { targetNames } from './targets.js'

/** What to do with a report: `--report`, `--budget`. */
export interface Outcome {
  /** The report with the budget's verdict and its history; written, if it is to be. */
  conclude(report: TestReport): TestReport
  /** Whether the budget limits instructions. */
  readonly countsInstructions: boolean
}

/** Reads what there is to read first, so that a mistake in it is told before anything is built. */
export function prepareOutcome(
  { folder, budgetFile }: { readonly folder: string | undefined; readonly budgetFile: string | undefined },
  cwd: string,
): Outcome {
  const budget = budgetFile === undefined ? undefined : readBudget(resolve(cwd, budgetFile), targetNames())
  const baseline = budget && readBaseline(budget)
  const reports = folder === undefined ? undefined : resolve(cwd, folder)
  const earlier = reports === undefined ? undefined : readReport(join(reports, 'report.json'))
  const limits = budget === undefined ? [] : [budget.default, ...Object.values(budget.rows)]
  return {
    countsInstructions: limits.some(({ instructions = [] }) => instructions.length > 0),
    conclude(report) {
      const result = budget && checkBudget(report, budget, baseline ?? earlier)
      const whole = withHistory(result === undefined ? report : { ...report, budget: result }, earlier)
      if (reports !== undefined) writeReports(whole, reports)
      return whole
    },
  }
}

/** 0 only if nothing failed, no limit was exceeded, and, with `strict`, nothing was skipped. */
export function testStatus({ rows, budget, interrupted }: TestReport, strict: boolean): number {
  if (interrupted) return 130
  const good = strict ? ['passed'] : ['passed', 'skipped']
  const failed = rows.length === 0 || rows.some(({ status }) => !good.includes(status))
  return failed || (budget?.violations ?? []).length > 0 ? 1 : 0
}
