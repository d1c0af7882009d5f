import { sizeText, timeText } from '../../../base/units.js'
import type { Layer } from '../../../targets/lib/target.js'
import type { TestRow } from '../test-report.js'

/** A row of the table on a terminal, whatever is known of it. */
export interface TerminalRow {
  readonly target: string
  readonly layer: Layer
  /** A RowStatus, `waiting`, or `running 12 s`. */
  readonly status: string
  readonly size?: number | undefined
  readonly firstOutputMs?: number | undefined
  readonly firstResponseMs?: number | undefined
}

/** What fits a terminal: which columns, and how wide the names are. */
export interface Layout {
  readonly columns: number
  readonly color: boolean
  readonly nameWidth: number
  readonly figures: readonly FigureColumn[]
}

interface FigureColumn {
  readonly head: string
  /** Wide enough for every figure, so that a table drawn before they are known keeps its columns. */
  readonly width: number
  text(row: TerminalRow): string
}

const statusWidth = 14

const figureColumns: readonly FigureColumn[] = [
  { head: 'size', width: 10, text: ({ size }) => (size === undefined ? '' : sizeText(size)) },
  { head: 'first output', width: 14, text: ({ firstOutputMs }) => time(firstOutputMs) },
  { head: 'first response', width: 16, text: ({ firstResponseMs }) => time(firstResponseMs) },
]

/** Leaves out whole columns, the first output first, rather than cut a number. */
export function layoutFor(targets: readonly string[], columns: number, color: boolean): Layout {
  const nameWidth = Math.max('target'.length, ...targets.map((target) => target.length))
  const [size, output, response] = figureColumns as [FigureColumn, FigureColumn, FigureColumn]
  const room = columns - nameWidth - statusWidth - 4
  const choices = [[size, output, response], [size, response], [response], []]
  const fits = (some: readonly FigureColumn[]) => some.reduce((sum, { width }) => sum + width, 0) <= room
  return { columns, color, nameWidth, figures: choices.find(fits) ?? [] }
}

export function headLine({ nameWidth, figures, columns }: Layout): string {
  const heads = figures.map(({ head, width }) => head.padStart(width)).join('')
  return cut(`  ${'target'.padEnd(nameWidth)}  ${'status'.padEnd(statusWidth)}${heads}`.trimEnd(), columns)
}

export function layerLine(layer: Layer, { color, columns }: Layout): string {
  return painted(cut(layer, columns), '1', color)
}

/** Never longer than the terminal is wide. */
export function rowLine(row: TerminalRow, { nameWidth, figures, columns, color }: Layout): string {
  const name = cut(`  ${row.target.padEnd(nameWidth)}  `, columns)
  const status = cut(row.status.padEnd(statusWidth), columns - name.length)
  const cells = figures.map((figure) => figure.text(row).padStart(figure.width)).join('')
  if (cells.trim() === '') return (name + painted(status.trimEnd(), paintOf(row.status), color)).trimEnd()
  return (
    name +
    painted(status, paintOf(row.status), color) +
    cut(cells.trimEnd(), columns - name.length - status.length)
  )
}

/** Rows under the names of their layers; a layer without rows is left out. */
export function groupedLines(rows: readonly TerminalRow[], layout: Layout): string[] {
  return rows.flatMap((row, i) => [
    ...(rows[i - 1]?.layer === row.layer ? [] : [layerLine(row.layer, layout)]),
    rowLine(row, layout),
  ])
}

/** A skipped row has no figures: nothing was started. */
export function terminalRow(row: TestRow): TerminalRow {
  const { target, layer, status, size, firstOutputMs, firstResponseMs } = row
  return status === 'skipped'
    ? { target, layer, status }
    : { target, layer, status, size, firstOutputMs, firstResponseMs }
}

/** Colours only on a terminal, and never with NO_COLOR or in CI. */
export function usesColor(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return stream.isTTY === true && env.NO_COLOR === undefined && env.CI === undefined
}

export function painted(text: string, sgr: string, color: boolean): string {
  return color && text !== '' ? `\x1b[${sgr}m${text}\x1b[0m` : text
}

export function cut(text: string, columns: number): string {
  if (text.length <= columns) return text
  return columns < 2 ? text.slice(0, Math.max(0, columns)) : `${text.slice(0, columns - 1)}…`
}

function paintOf(status: string): string {
  if (status === 'passed') return '32'
  if (status === 'skipped') return '33'
  if (status === 'waiting') return '2'
  return status.startsWith('running') ? '36' : '31'
}

function time(milliseconds: number | undefined): string {
  return milliseconds === undefined ? '' : timeText(milliseconds)
}
