import { createHash } from 'node:crypto'
import { sizeText, timeText } from '../../../base/units.js'
import { violationText } from '../budget.js'
import { plainText } from '../console-text.js'
import { layers } from '../layers.js'
import { type Markup, markup } from '../markup.js'
import { countsText } from '../terminal/result-table.js'
import type { BudgetResult, TestReport } from '../test-report.js'
import { digestMark } from './digest-mark.js'
import { phaseKinds } from './phases.js'
import { rowMarkup, scaleOf } from './row-markup.js'
import { slug } from './slug.js'
import { style } from './style.js'

/**
 * The report as one page that needs nothing but itself. It has no script and its policy forbids any, whatever consoles and
 * names hold; details open without one.
 */
export function reportPage(report: TestReport): string {
  const policy = `default-src 'none'; style-src 'sha256-${sha256(style)}'; img-src data:; base-uri 'none'; form-action 'none'`
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${plainText(report.app)}: ${headline(report)}</title>
<link rel="icon" href="data:,">
<style>${{ source: style }}</style>
</head>
<body>
<header>
${headMarkup(report)}
${layersMarkup(report)}
</header>
<main>
${attentionMarkup(report)}
${report.budget && budgetMarkup(report.budget)}
${tableMarkup(report)}
</main>
</body>
</html>
`.source
}

function headMarkup(report: TestReport): Markup {
  const { app, appSha256, bundleSha256, milliseconds, endedAt, interrupted, history } = report
  const earlier = history?.at(-1)
  return markup`<p class="kind">unik test</p>
<h1>${plainText(app)}</h1>
<p class="headline ${isGood(report) ? 'good' : 'bad'}">${headline(report)}</p>
<dl class="facts">
${appSha256 !== undefined && markup`<div><dt>App</dt><dd>${digestMark(appSha256)}</dd></div>`}
${bundleSha256 !== undefined && markup`<div><dt>Bundle</dt><dd>${digestMark(bundleSha256)}</dd></div>`}
<div><dt>Took</dt><dd>${timeText(milliseconds)}${interrupted && ', then interrupted'}</dd></div>
${endedAt !== undefined && markup`<div><dt>Ended</dt><dd><time datetime="${endedAt}">${dateText(endedAt)}</time></dd></div>`}
${earlier !== undefined && markup`<div><dt>Compared with</dt><dd>${earlier.endedAt === undefined ? 'the report before' : dateText(earlier.endedAt)}</dd></div>`}
</dl>`
}

function headline(report: TestReport): string {
  const exceeded = report.budget?.violations.length ?? 0
  return exceeded > 0 ? `${rowsText(report)}, the budget was exceeded` : rowsText(report)
}

function isGood({ rows, budget }: TestReport): boolean {
  return rows.every(({ status }) => status === 'passed') && (budget?.violations ?? []).length === 0
}

function rowsText({ rows }: TestReport): string {
  if (rows.length === 0) return 'No rows'
  if (rows.every(({ status }) => status === 'passed'))
    return rows.length === 1 ? 'The row passed' : `All ${rows.length} rows passed`
  return `${countsText(rows.map(({ status }) => status))} of ${rows.length} rows`
}

/** The nine layers with a mark a row: the map of the page. */
function layersMarkup({ rows }: TestReport): Markup {
  return markup`<nav aria-label="Layers"><ol class="layers">
${layers.map((layer) => {
  const own = rows.filter((row) => row.layer === layer)
  const marks = own.map(
    ({ status, target }) =>
      markup`<span class="mark ${slug(status)}" title="${plainText(target)}: ${status}"></span>`,
  )
  if (own.length === 0)
    return markup`<li class="absent">${layer} <span class="few">not in this run</span></li>\n`
  return markup`<li><a href="#layer-${slug(layer)}">${layer}</a> <span class="few">${passedOf(own)}</span><span class="marks" aria-hidden="true">${marks}</span></li>\n`
})}</ol></nav>`
}

function passedOf(rows: readonly { readonly status: string }[]): string {
  return `${rows.filter(({ status }) => status === 'passed').length} of ${rows.length}`
}

function attentionMarkup({ rows }: TestReport): Markup | undefined {
  const told = rows.filter(({ status }) => status !== 'passed')
  if (told.length === 0) return undefined
  return markup`<section class="attention" aria-labelledby="attention"><h2 id="attention">What did not pass</h2>
<ul>
${told.map(
  ({ target, status, why }) =>
    markup`<li><a href="#${slug(target)}">${plainText(target)}</a> <span class="status ${slug(status)}">${status}</span> ${why !== undefined && plainText(why)}</li>\n`,
)}</ul></section>`
}

function budgetMarkup({ checked, violations, unchecked }: BudgetResult): Markup {
  const outcome =
    violations.length === 0
      ? markup`<span class="status passed">kept</span>`
      : markup`<span class="status failed">${violations.length} exceeded</span>`
  return markup`<section class="budget" aria-labelledby="budget"><h2 id="budget">Budget ${outcome}</h2>
<p>${checked} limits checked${unchecked.length > 0 && `, ${unchecked.length} had nothing to be compared with`}.</p>
${
  violations.length > 0 &&
  markup`<ul>
${violations.map(
  (violation) =>
    markup`<li><a href="#${slug(violation.target)}">${plainText(violation.target)}</a> ${violationText(violation)}</li>\n`,
)}</ul>`
}
${
  unchecked.length > 0 &&
  markup`<details><summary>Limits that were not checked</summary><ul>
${unchecked.map(
  ({ target, what, rule, why }) => markup`<li>${plainText(target)}, ${what} ${rule}: ${why}</li>\n`,
)}</ul></details>`
}</section>`
}

function tableMarkup(report: TestReport): Markup {
  const scale = scaleOf(report)
  return markup`<table class="rows">
<caption>Rows by layer. Bars of size reach to ${sizeText(scale.size)}, bars of time to ${timeText(scale.milliseconds)}${scale.cut && '; a gap says that one would be longer'}.
${phaseKinds.map((kind) => markup`<span class="key"><span class="swatch ${kind}"></span>${kind}</span> `)}</caption>
<thead><tr><th scope="col">Target, and how it was proved</th><th scope="col">Status</th><th scope="col" class="number">Size</th><th scope="col" class="number">First output</th><th scope="col" class="number">First response</th><th scope="col">Boot</th><th scope="col">Carries</th></tr></thead>
${layers.map((layer) => {
  const rows = report.rows.filter((row) => row.layer === layer)
  if (rows.length === 0) return undefined
  return markup`<tbody id="layer-${slug(layer)}">
<tr class="layer"><th colspan="7" scope="rowgroup"><h2>${layer}</h2></th></tr>
${rows.map((row) => rowMarkup(row, report, scale))}</tbody>
`
})}</table>`
}

/** `2026-11-22 08:30 UTC`; what is no such date as it is. */
function dateText(iso: string): string {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(iso) ?? []
  return day === undefined ? plainText(iso) : `${day} ${time} UTC`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
