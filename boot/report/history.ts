import type { Figure, PastReport, RowFigures, TestReport, TestRow } from './test-report.js'

/** How many reports a report remembers. */
export const longestHistory = 50

export const figures: readonly Figure[] = ['size', 'firstOutputMs', 'firstResponseMs', 'instructions']

/** The report with the key figures of the one before it, and of all that this one remembers. */
export function withHistory(report: TestReport, earlier: TestReport | undefined): TestReport {
  if (earlier === undefined) return report
  return { ...report, history: [...(earlier.history ?? []), pastOf(earlier)].slice(-longestHistory) }
}

/** What a later report remembers of this one. */
export function pastOf({ endedAt, appSha256, rows }: TestReport): PastReport {
  return { endedAt, appSha256, rows: Object.fromEntries(rows.map((row) => [row.target, figuresOf(row)])) }
}

/** A row in numbers. */
export function figuresOf({ status, size, firstOutputMs, firstResponseMs, runs }: TestRow): RowFigures {
  const instructions = runs.find((run) => run.instructions !== undefined)?.instructions
  return { status, size, firstOutputMs, firstResponseMs, instructions }
}
