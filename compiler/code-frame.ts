/** What to show and to underline; line and column count from 1, `length` in UTF-16 units. */
export interface Span {
  readonly line: number
  readonly column: number
  readonly length?: number
}

/** The line in question with one line above and below, and carets under the span:
 *
 *       3 | import { Hono } from 'hono'
 *     > 4 | import cluster from 'node:cluster'
 *         |                     ^^^^^^^^^^^^^^
 *       5 |
 */
export function printCodeFrame(source: string, span: Span): string {
  const lines = source.split(/\r\n|\n|\r/)
  const first = Math.max(1, span.line - 1)
  const last = Math.min(lines.length, span.line + 1)
  const width = String(last).length
  const frame: string[] = []
  for (let number = first; number <= last; number++) {
    const text = lines[number - 1] ?? ''
    frame.push(`${number === span.line ? '>' : ' '} ${String(number).padStart(width)} | ${text}`.trimEnd())
    if (number === span.line) frame.push(`  ${' '.repeat(width)} | ${underline(text, span)}`)
  }
  return frame.join('\n')
}

/** Tabs are kept, so that the carets stand below the text however wide the terminal makes a tab. */
function underline(text: string, { column, length = 1 }: Span): string {
  const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ')
  return indent + '^'.repeat(Math.max(1, Math.min(length, text.length - column + 1)))
}
