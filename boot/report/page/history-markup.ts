import { figureNames, figureText } from '../budget.js'
import { figures, figuresOf } from '../history.js'
import { type Markup, markup } from '../markup.js'
import type { Figure, RowFigures, TestRow } from '../test-report.js'
import { slug } from './slug.js'

/** Changes of a time below this share are taken for noise; sizes and instructions are exact. */
const noise: Readonly<Record<Figure, number>> = {
  size: 0,
  firstOutputMs: 0.1,
  firstResponseMs: 0.1,
  instructions: 0,
}

/** How much a figure differs from the report before: `+12 %`. */
export function changeMarkup(what: Figure, value: number, past: RowFigures | undefined): Markup | undefined {
  const before = past?.[what]
  if (before === undefined || before === 0) return undefined
  const change = value / before - 1
  const text = percentText(change)
  if (text === undefined) return undefined
  const kind = Math.abs(change) <= noise[what] ? 'same' : change > 0 ? 'worse' : 'better'
  return markup`<span class="change ${kind}" title="${figureText(what, before)} in the report before">${text}</span>`
}

/** What earlier reports say of a row: a line a figure, and how it ended each time. Undefined when none knows it. */
export function historyMarkup(row: TestRow, past: readonly (RowFigures | undefined)[]): Markup | undefined {
  const known = past.filter((one) => one !== undefined)
  if (known.length === 0) return undefined
  const all = [...known, figuresOf(row)]
  return markup`<section class="history" aria-label="History of ${row.target}"><h3>History</h3>
<p class="marks"><span class="hidden">${all.filter(({ status }) => status === 'passed').length} of the last ${all.length} reports passed</span>${all.map(({ status }) => markup`<span class="mark ${slug(status)}" title="${status}"></span>`)}</p>
<dl class="trends">
${figures.map((what) => trendMarkup(what, all))}</dl></section>`
}

function trendMarkup(what: Figure, all: readonly RowFigures[]): Markup | undefined {
  const values = all.map((one) => one[what]).filter((value) => value !== undefined)
  const [first, last] = [values[0], values.at(-1)]
  if (first === undefined || last === undefined || values.length < 2) return undefined
  return markup`<div><dt>${figureNames[what]}</dt><dd>${sparkline(values)}<span>${figureText(what, first)} → ${figureText(what, last)}</span></dd></div>
`
}

// From zero, so that small changes look small.
function sparkline(values: readonly number[]): Markup {
  const highest = Math.max(...values, 1)
  const points = values.map((value, i) => {
    const x = ((i / (values.length - 1)) * 116 + 2).toFixed(1)
    return `${x},${(26 - (value / highest) * 24).toFixed(1)}`
  })
  const [x, y] = (points.at(-1) ?? '').split(',')
  return markup`<svg class="sparkline" viewBox="0 0 120 28" aria-hidden="true"><path d="M0 27H120"/><polyline points="${points.join(' ')}"/><circle cx="${x}" cy="${y}" r="2"/></svg>`
}

function percentText(change: number): string | undefined {
  const percent = change * 100
  if (Math.abs(percent) < 0.05) return undefined
  const digits = Math.abs(percent) < 10 ? 1 : 0
  return `${percent > 0 ? '+' : '−'}${Math.abs(percent).toFixed(digits)} %`
}
