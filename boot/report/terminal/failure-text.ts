import { plainText } from '../console-text.js'
import type { TestReport, TestRow, TestRun } from '../test-report.js'

/** Lines of a console that are shown. */
const lastLines = 12

/** All that is known of each run that did not pass: what failed where, the end of its console, how to repeat it; safe to print anywhere. */
export function failureText({ rows }: TestReport): string {
  return rows
    .flatMap((row) => row.runs.filter(({ status }) => status !== 'passed').map((run) => runText(row, run)))
    .map(plainText)
    .join('\n\n')
}

function runText({ target }: TestRow, run: TestRun): string {
  const { name, status, why, tests, explanation, repeat, commandLine } = run
  const title = `${target}${name === '' ? '' : ` ${name}`} ${status}${why === undefined ? '' : `: ${why}`}`
  if (status === 'skipped') return title
  return [
    title,
    ...tests
      .filter((test) => test.status === 'failed')
      .map((test) => `\n${test.title}\n${indented(test.failure ?? '')}`),
    ...(explanation === undefined ? [] : [`\n${indented(explanation)}`]),
    ...consoleLines(run),
    '',
    `repeat: ${repeat}`,
    ...(commandLine === undefined ? [] : [`machine: ${commandLine}`]),
  ].join('\n')
}

function consoleLines({ console }: TestRun): string[] {
  if (console.length === 0) return ['\nits console stayed empty']
  const shown = console.slice(-lastLines)
  const head =
    shown.length === console.length ? 'its console' : `the last ${shown.length} lines of its console`
  return [
    `\n${head}, by milliseconds since its start:`,
    ...shown.map(({ text, at }) => `${at.toFixed(0).padStart(8)}  ${plainText(text)}`),
  ]
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}
