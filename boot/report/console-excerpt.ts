import type { ConsoleLine } from '../console.js'

const firstLines = 500
const lastLines = 1500

/** What a report for reading shows of a console: its beginning, how many lines are left out, and its end. report.json has all. */
export function consoleExcerpt(lines: readonly ConsoleLine[]): {
  readonly first: readonly ConsoleLine[]
  readonly left: number
  readonly last: readonly ConsoleLine[]
} {
  const left = Math.max(0, lines.length - firstLines - lastLines)
  if (left === 0) return { first: lines, left, last: [] }
  return { first: lines.slice(0, firstLines), left, last: lines.slice(-lastLines) }
}
