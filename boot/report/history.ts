import type { Figure, PastReport, RowFigures, TestReport, TestRow } from './test-report.js'

/** How many reports a report remembers. */
export const longestHistory = 50

export const figures: readonly Figure[] = ['size', 'firstOutputMs', 'firstResponseMs', 'instructions']

/** The report with the key figures of the one before it, which readReport found in report.json, and of all that that one remembers. */
export function withHistory(report: TestReport, earlier: TestReport | undefined): TestReport {
  if (earlier === undefined) return report
  return { ...report, history: [...(earlier.history ?? []), pastOf(earlier)].slice(-longestHistory) }
}

/** What a later report remembers of this one. */
export function pastOf({ endedAt, appSha256, rows, budget }: TestReport): PastReport {
  const exceeded = (target: string) =>
    budget?.violations.filter((violation) => violation.target === target).map(({ what }) => what) ?? []
  return {
    endedAt,
    appSha256,
    rows: Object.fromEntries(
      rows.map((row) => [row.target, { ...figuresOf(row), exceeded: exceeded(row.target) }]),
    ),
  }
}

/**
 * What a row's figures may be compared with: each from the latest report in which the row passed and the figure was within its
 * budget, so that a run that failed for a regression does not make it the measure of the next.
 */
export function comparable(report: TestReport, target: string): Partial<Record<Figure, number>> {
  const kept: Partial<Record<Figure, number>> = {}
  for (const { rows } of [...(report.history ?? []), pastOf(report)]) {
    const row = Object.hasOwn(rows, target) ? rows[target] : undefined
    if (row?.status !== 'passed') continue
    for (const what of figures) {
      const value = row[what]
      if (value !== undefined && row.exceeded?.includes(what) !== true) kept[what] = value
    }
  }
  return kept
}

/** A row in numbers. */
export function figuresOf({ status, size, firstOutputMs, firstResponseMs, runs }: TestRow): RowFigures {
  const instructions = runs.find((run) => run.instructions !== undefined)?.instructions
  return { status, size, firstOutputMs, firstResponseMs, instructions }
}
