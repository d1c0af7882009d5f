import { sizeText, timeText } from '../../base/units.js'
import { violationText } from './budget.js'
import { plainText } from './console-text.js'
import { failureText } from './terminal/failure-text.js'
import { summaryText } from './terminal/result-table.js'
import type { TestReport, TestRow } from './test-report.js'

/** The report as Markdown (GitHub's, GitLab's), for a job's summary or a comment: the table, and what is known of what did not pass. */
export function summaryMarkdown(report: TestReport): string {
  const { app, appSha256, rows, budget } = report
  const broken = failureText(report)
  return [
    `## ${text(app)}: ${summaryText(report)}`,
    ...(appSha256 === undefined ? [] : ['', `App: SHA-256 \`${appSha256}\``]),
    '',
    line(['layer', 'target', 'status', 'size', 'first output', 'first response', 'proof']),
    line(['---', '---', '---', '--:', '--:', '--:', '---']),
    ...rows.map(rowLine),
    ...(budget?.violations ?? []).map(
      (violation) => `\n${violation.target}: over budget, ${text(violationText(violation))}`,
    ),
    ...(broken === '' ? [] : ['', fenced(broken)]),
    '',
  ].join('\n')
}

function rowLine({
  layer,
  target,
  status,
  why,
  size,
  firstOutputMs,
  firstResponseMs,
  proof,
}: TestRow): string {
  const time = (value: number | undefined) => (value === undefined ? '' : timeText(value))
  const told = status === 'passed' ? 'passed' : `**${status}**${why === undefined ? '' : `: ${text(why)}`}`
  return line([
    ...[layer, target, told, size === 0 ? '' : sizeText(size)],
    ...[time(firstOutputMs), time(firstResponseMs), proof],
  ])
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

// What Markdown and HTML would take for their own (GFM 2.4), and line breaks, which would end a row of a table.
function text(words: string): string {
  return plainText(words)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_{}[\]<>()#!|&~]/g, '\\$&')
}

// A fence longer than any in the text (GFM 4.5).
function fenced(words: string): string {
  const longest = Math.max(2, ...[...words.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${words}\n${fence}`
}
