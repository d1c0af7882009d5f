import { sizeText, timeText } from '../../../base/units.js'
import { plainText } from '../console-text.js'
import { type Markup, markup } from '../markup.js'
import type { Figure, RowFigures, TestReport, TestRow } from '../test-report.js'
import { digestMark } from './digest-mark.js'
import { changeMarkup, historyMarkup } from './history-markup.js'
import { phaseBar } from './phases.js'
import { runMarkup } from './run-markup.js'
import { slug } from './slug.js'

/** What a full bar of a page stands for. */
export interface Scale {
  readonly size: number
  readonly milliseconds: number
  /** Some times are beyond it: their bars are drawn with a gap. */
  readonly cut: boolean
}

/** One firmware of twenty seconds shall not make dots of all other times: a full bar is at most four times the median. */
export function scaleOf({ rows }: TestReport): Scale {
  const times = rows.flatMap(({ firstOutputMs, firstResponseMs, runs }) => [
    firstOutputMs,
    firstResponseMs,
    runs[0]?.timeline.at(-1)?.end,
  ])
  const sorted = times.filter((time) => time !== undefined).toSorted((a, b) => a - b)
  const longest = Math.max(1, ...sorted)
  const limit = 4 * (sorted[Math.floor(sorted.length / 2)] ?? longest)
  return {
    size: Math.max(1, ...rows.map(({ size }) => size)),
    milliseconds: Math.min(longest, Math.max(1, limit)),
    cut: limit < longest,
  }
}

/** A row of the table, and below it all that is known of it. */
export function rowMarkup(row: TestRow, report: TestReport, scale: Scale): Markup {
  const { target, status, proof, firstOutputMs, firstResponseMs } = row
  const past =
    report.history?.map(({ rows }) => (Object.hasOwn(rows, target) ? rows[target] : undefined)) ?? []
  const size = status === 'skipped' ? undefined : row.size
  const timeline = row.runs[0]?.timeline ?? []
  const figure = (what: Figure, label: string, value: number | undefined) =>
    figureCell(
      label,
      value,
      what,
      past.findLast((one) => one !== undefined),
      scale,
    )
  return markup`<tr class="row" id="${slug(target)}">
<th scope="row"><span class="target">${plainText(target)}</span><span class="proof">${proof}</span></th>
<td class="state"><span class="status ${slug(status)}">${status}</span></td>
${figure('size', 'Size', size)}
${figure('firstOutputMs', 'First output', firstOutputMs)}
${figure('firstResponseMs', 'First response', firstResponseMs)}
<td class="boot" data-label="Boot">${timeline.length > 0 ? phaseBar(timeline, scale.milliseconds) : none('no machine')}</td>
<td class="carries" data-label="Carries">${carriedMarkup(row, report)}</td>
</tr>
<tr class="more"><td colspan="7">${detailsMarkup(row, past)}</td></tr>
`
}

function figureCell(
  label: string,
  value: number | undefined,
  what: Figure,
  past: RowFigures | undefined,
  scale: Scale,
): Markup {
  if (value === undefined)
    return markup`<td class="number" data-label="${label}">${none('not measured')}</td>`
  const [text, longest] =
    what === 'size' ? [sizeText(value), scale.size] : [timeText(value), scale.milliseconds]
  const width = Math.min(100, Math.max(0.5, Math.round((value / longest) * 1000) / 10))
  return markup`<td class="number" data-label="${label}"><span class="value">${text}</span><svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="4"/><rect width="${width}" height="4"/>${value > longest && markup`<rect class="gap" x="88" width="5" height="4"/>`}</svg>${changeMarkup(what, value, past)}</td>`
}

/** The digest that rows share; one that is not the report's is a broken promise, and says so. */
function carriedMarkup({ carries, appSha256, status }: TestRow, report: TestReport): Markup {
  const own = carries === 'elf' ? appSha256 : report.bundleSha256
  const promised = carries === 'elf' ? report.appSha256 : own
  if (own === undefined || status === 'skipped') return markup`${carries}`
  const differs = promised !== undefined && own !== promised
  return markup`<span class="what">${carries === 'elf' ? 'app' : 'bundle'}</span> ${digestMark(own)}${differs && markup` <span class="status failed">differs</span>`}`
}

function detailsMarkup(row: TestRow, past: readonly (RowFigures | undefined)[]): Markup {
  const { runs, status, why, target } = row
  const history = historyMarkup(row, past)
  if (runs.length === 0 && history === undefined) return markup`<p class="why">${plainText(why ?? '')}</p>`
  const tests = runs.flatMap((run) => run.tests)
  const ran = tests.filter((test) => test.status !== 'skipped').length
  const open = status !== 'passed' && status !== 'skipped' && markup` open`
  return markup`<details${open}><summary><span class="hidden">${plainText(target)}: </span>${counted(runs.length, 'run')}, ${counted(ran, 'test')}${history !== undefined && ', history'}</summary>
${why !== undefined && markup`<p class="why">${plainText(why)}</p>`}
${runs.map((run) => runMarkup(run, row))}
${history}
</details>`
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function none(why: string): Markup {
  return markup`<span class="none" title="${why}"><span aria-hidden="true">–</span><span class="hidden">${why}</span></span>`
}
