import { plainText } from '../console-text.js'

/** The part of a writable stream that a drawing needs; process.stderr is one. */
export interface TerminalStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

/** The last lines of a terminal, redrawn in place; none may be wider than the terminal. */
export function createDrawing(stream: TerminalStream) {
  let drawn: readonly string[] = []
  const erase = () => `${upOver(drawn, stream.columns ?? 80)}\x1b[J`
  return {
    /** Replaces what was shown; `above` stays, before the lines. */
    show(lines: readonly string[], above = ''): void {
      stream.write(`${erase()}${above}${lines.map((line) => `${line}\n`).join('')}`)
      drawn = lines
    },
    clear(): void {
      stream.write(erase())
      drawn = []
    },
  }
}

// To the first of the lines, which a terminal that has become narrower may have wrapped.
function upOver(lines: readonly string[], columns: number): string {
  if (lines.length === 0) return '\r'
  const heights = lines.map((line) => Math.max(1, Math.ceil(plainText(line).length / columns)))
  return `\r\x1b[${heights.reduce((sum, height) => sum + height)}A`
}
