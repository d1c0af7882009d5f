import { figuresOf } from './history.js'
import type { TestReport, TestRow } from './test-report.js'

/**
 * The report as JSON sees it: what `unik test --json` prints, and report.json. Every row begins with the nine keys of the
 * command line's contract; what is not known is null; times are rounded to microseconds.
 */
export function reportDocument(report: TestReport): Readonly<Record<string, unknown>> {
  const { rows, ...rest } = report
  return plain({ rows: rows.map(rowDocument), ...rest }) as Readonly<Record<string, unknown>>
}

/** The text of report.json. */
export function reportJson(report: TestReport): string {
  return `${JSON.stringify(reportDocument(report), null, 2)}\n`
}

function rowDocument(row: TestRow) {
  const { target, layer, status, why, proof, size, firstOutputMs, firstResponseMs, appSha256 } = row
  const contract = { target, layer, status, why, proof, size, firstOutputMs, firstResponseMs, appSha256 }
  const { carries, runs } = row
  return { ...contract, instructions: figuresOf(row).instructions, carries, runs }
}

function plain(value: unknown): unknown {
  if (value === undefined) return null
  if (typeof value === 'number') return Math.round(value * 1000) / 1000
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}
