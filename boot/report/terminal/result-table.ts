import { timeText } from '../../../base/units.js'
import { violationText } from '../budget.js'
import { plainText } from '../console-text.js'
import type { BudgetResult, TestReport, TestRow, UncheckedLimit } from '../test-report.js'
import { groupedLines, headLine, type Layout, layoutFor, painted, terminalRow } from './row-lines.js'

/** The table of a finished run: every row, why those that did not pass did not, the budget, and the sum of it all. */
export function resultTable(
  report: TestReport,
  { columns = 100, color = false }: { readonly columns?: number; readonly color?: boolean } = {},
): string {
  const layout = layoutFor(
    report.rows.map(({ target }) => target),
    columns,
    color,
  )
  return [
    headLine(layout),
    ...groupedLines(report.rows.map(terminalRow), layout),
    ...whys(report.rows, layout),
    ...(report.budget === undefined ? [] : budgetLines(report.budget, layout)),
    '',
    summaryText(report),
  ].join('\n')
}

/** `31 passed, 1 failed, 1 skipped in 2 min 31 s` */
export function summaryText({ rows, milliseconds, interrupted }: TestReport): string {
  const end = interrupted ? 'interrupted after' : 'in'
  return `${countsText(rows.map(({ status }) => status))} ${end} ${timeText(milliseconds)}`
}

/** How many there are of each word: passed first, the rest in the order in which they come. */
export function countsText(words: readonly string[]): string {
  const counts = new Map([['passed', 0]])
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ')
}

function whys(rows: readonly TestRow[], { color }: Layout): string[] {
  const told = rows.filter(({ status }) => status !== 'passed')
  if (told.length === 0) return []
  return [
    '',
    ...told.map(({ target, status, why }) => {
      const head = painted(`${target} ${status}`, status === 'skipped' ? '33' : '31', color)
      return why === undefined ? head : `${head}: ${plainText(why)}`
    }),
  ]
}

function budgetLines({ checked, violations, unchecked }: BudgetResult, { color }: Layout): string[] {
  const outcome = violations.length === 0 ? 'kept' : `${violations.length} exceeded`
  const reasons = [...new Set(unchecked.map(({ why }) => why))]
  return [
    '',
    `budget: ${painted(outcome, violations.length === 0 ? '32' : '31', color)}, ${checked} limits checked`,
    ...violations.map((violation) => `  ${violation.target}: ${violationText(violation)}`),
    ...reasons.map((why) => `  not checked, ${why}: ${fewOf(unchecked.filter((one) => one.why === why))}`),
  ]
}

/** Named as far as a line holds them. */
function fewOf(limits: readonly UncheckedLimit[]): string {
  const named = limits.slice(0, 4).map(({ target, what }) => `${target} ${what}`)
  const more = limits.length - named.length
  return [...named, ...(more === 0 ? [] : [`${more} more`])].join(', ')
}
