import type { Layer } from '../../../targets/lib/target.js'
import { plainText } from '../console-text.js'
import type { TestRow } from '../test-report.js'
import { createDrawing, type TerminalStream } from './drawing.js'
import { countsText } from './result-table.js'
import {
  cut,
  groupedLines,
  layoutFor,
  rowLine,
  type TerminalRow,
  terminalRow,
  usesColor,
} from './row-lines.js'

export interface LiveTable {
  started(target: string): void
  ended(row: TestRow): void
  /** Something else to tell meanwhile: written above the table. */
  note(text: string): void
  /** Takes the table off the terminal; the caller prints the result. Elsewhere: writes the rows not yet written. */
  end(): void
}

export interface LiveOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Milliseconds of any clock that does not go back. */
  readonly now?: () => number
}

/**
 * Shows rows as they come. On a terminal (and not in CI) the table is redrawn in place, at most as high as the terminal is;
 * elsewhere each row is one line, in the order of `rows` whatever order they end in.
 */
export function createLiveTable(
  rows: readonly { readonly target: string; readonly layer: Layer }[],
  stream: TerminalStream,
  { env = process.env, now = () => performance.now() }: LiveOptions = {},
): LiveTable {
  return stream.isTTY === true && env.CI === undefined
    ? tableInPlace(rows, stream, usesColor(stream, env), now)
    : lineByLine(rows, stream)
}

type Named = { readonly target: string; readonly layer: Layer }

function lineByLine(rows: readonly Named[], stream: TerminalStream): LiveTable {
  const layout = layoutFor(
    rows.map(({ target }) => target),
    100,
    false,
  )
  const ended = new Map<string, TestRow>()
  let next = 0
  const write = (row: TestRow) => {
    const why = row.why === undefined ? '' : `  ${plainText(row.why).replaceAll('\n', ' ')}`
    stream.write(`${rowLine(terminalRow(row), layout).trim()}${why}\n`)
  }
  return {
    started() {},
    ended(row) {
      ended.set(row.target, row)
      for (; next < rows.length; next++) {
        const done = ended.get(rows[next]?.target ?? '')
        if (done === undefined) break
        write(done)
      }
    },
    note: (text) => void stream.write(`${text}\n`),
    end() {
      for (const { target } of rows.slice(next)) {
        const done = ended.get(target)
        if (done !== undefined) write(done)
      }
      next = rows.length
    },
  }
}

function tableInPlace(
  rows: readonly Named[],
  stream: TerminalStream,
  color: boolean,
  now: () => number,
): LiveTable {
  const startedAt = new Map<string, number>()
  const ended = new Map<string, TerminalRow>()
  const begun = now()
  const drawing = createDrawing(stream)
  const targets = rows.map(({ target }) => target)

  const stateOf = ({ target, layer }: Named): TerminalRow => {
    const since = startedAt.get(target)
    const status = since === undefined ? 'waiting' : `running ${seconds(now() - since)}`
    return ended.get(target) ?? { target, layer, status }
  }
  const draw = (above = '') => {
    const layout = layoutFor(targets, (stream.columns ?? 80) - 1, color) // a full last column would wrap
    const states = rows.map(stateOf)
    const shown = fitting(states, (stream.rows ?? 24) - 2, (some) => groupedLines(some, layout))
    const words = states.map(({ status }) => status.split(' ', 1)[0] ?? '')
    drawing.show([...shown, cut(`${countsText(words)}, ${seconds(now() - begun)}`, layout.columns)], above)
  }
  const ticking = setInterval(draw, 1000).unref()
  draw()
  return {
    started(target) {
      startedAt.set(target, now())
      draw()
    },
    ended(row) {
      ended.set(row.target, terminalRow(row))
      draw()
    },
    note: (text) => draw(`${text}\n`),
    end() {
      clearInterval(ticking)
      drawing.clear()
    },
  }
}

/** Lines of as many rows as `height` holds: what runs first, then what went wrong, what is done, what waits. */
function fitting(
  states: readonly TerminalRow[],
  height: number,
  linesOf: (rows: readonly TerminalRow[]) => readonly string[],
): readonly string[] {
  let lines = linesOf(states)
  if (lines.length <= height) return lines
  const chosen = new Set<TerminalRow>()
  for (const state of states.toSorted((a, b) => urgency(a) - urgency(b))) {
    const more = linesOf(states.filter((one) => one === state || chosen.has(one)))
    if (more.length > height) break
    chosen.add(state)
    lines = more
  }
  return chosen.size === 0 ? [] : lines
}

function urgency({ status }: TerminalRow): number {
  if (status.startsWith('running')) return 0
  if (status === 'waiting') return 3
  return status === 'passed' || status === 'skipped' ? 2 : 1
}

function seconds(milliseconds: number): string {
  return `${Math.floor(milliseconds / 1000)} s`
}
