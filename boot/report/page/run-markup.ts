import { countText, timeText } from '../../../base/units.js'
import type { ConsoleLine } from '../../console.js'
import { consoleExcerpt } from '../console-excerpt.js'
import { plainText, styledText } from '../console-text.js'
import { type Markup, markup } from '../markup.js'
import type { TestResult, TestRow, TestRun } from '../test-report.js'
import { phaseTable } from './phases.js'
import { slug } from './slug.js'

/** One way to start a row: what it was asked, how it booted, what it wrote, how to repeat it. */
export function runMarkup(run: TestRun, row: TestRow): Markup {
  const { name, status, why, explanation, tests, timeline, repeat, commandLine } = run
  const title = name === '' ? row.target : `${row.target}, ${name}`
  const shownWhy = why !== undefined && why !== row.why
  return markup`<section class="run" aria-label="Run of ${plainText(title)}">
${row.runs.length > 1 && markup`<h3>${plainText(name === '' ? row.target : name)} <span class="status ${slug(status)}">${status}</span></h3>`}
${figuresMarkup(run, row.runs.length > 1)}
${shownWhy && markup`<p class="why">${plainText(why)}</p>`}
${explanation !== undefined && codeBlock('Explanation', explanation)}
${tests.length > 0 && markup`<ul class="tests">\n${tests.map(testMarkup)}</ul>`}
${timeline.length > 0 && phaseTable(timeline)}
${run.console.length > 0 && consoleMarkup(run.console, title, status !== 'passed' && status !== 'skipped')}
${codeBlock('Repeat', repeat)}
${commandLine !== undefined && markup`<details><summary>The machine's own command line</summary>${codeBlock('Command line', commandLine)}</details>`}
</section>
`
}

/** The row shows the times of its only run. */
function figuresMarkup(
  { firstOutputMs, firstResponseMs, instructions }: TestRun,
  withTimes: boolean,
): Markup | undefined {
  const facts = [
    ['First output', withTimes ? optionalTime(firstOutputMs) : undefined],
    ['First response', withTimes ? optionalTime(firstResponseMs) : undefined],
    ['Instructions to the first response', instructions === undefined ? undefined : countText(instructions)],
  ] as const
  const known = facts.filter(([, text]) => text !== undefined)
  if (known.length === 0) return undefined
  return markup`<dl class="facts">${known.map(([name, text]) => markup`<div><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>`
}

function optionalTime(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : timeText(milliseconds)
}

function testMarkup({ title, status, milliseconds, failure }: TestResult): Markup {
  const sign = { passed: '✓', failed: '✗', skipped: '–' }[status]
  const time = status === 'skipped' ? 'skipped' : timeText(milliseconds)
  return markup`<li class="${status}"><span class="sign" aria-hidden="true">${sign}</span> <span class="hidden">${status}: </span><span class="title">${plainText(title)}</span> <span class="took">${time}</span>${failure !== undefined && markup`<pre>${plainText(failure)}</pre>`}</li>\n`
}

function consoleMarkup(lines: readonly ConsoleLine[], title: string, open: boolean): Markup {
  const { first, left, last } = consoleExcerpt(lines)
  return markup`<details${open && markup` open`}><summary>Console, ${lines.length} ${lines.length === 1 ? 'line' : 'lines'}</summary>
<pre class="console" tabindex="0" role="region" aria-label="Console of ${plainText(title)}">${first.map(lineMarkup)}${left > 0 && markup`<em>… ${left} lines are only in report.json …</em>\n`}${last.map(lineMarkup)}</pre></details>`
}

function lineMarkup({ text, at }: ConsoleLine): Markup {
  const pieces = styledText(text).map(({ text: piece, color, bold }) =>
    color === undefined && !bold
      ? piece
      : markup`<span class="${[color, bold && 'bold'].filter(Boolean).join(' ')}">${piece}</span>`,
  )
  return markup`<span class="at">${at.toFixed(1).padStart(8)}</span> ${pieces}\n`
}

function codeBlock(title: string, text: string): Markup {
  return markup`<div class="code"><span class="label">${title}</span><pre>${plainText(text)}</pre></div>`
}
