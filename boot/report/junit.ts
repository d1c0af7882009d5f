import type { ConsoleLine } from '../console.js'
import { violationText } from './budget.js'
import { consoleExcerpt } from './console-excerpt.js'
import { plainText } from './console-text.js'
import { type Content, type Markup, markup } from './markup.js'
import type { RowStatus, TestReport, TestResult, TestRow, TestRun, Violation } from './test-report.js'

/**
 * The report in the form that CI systems read: a suite a run, with what its tests do not tell (a panic, a skipped row, a
 * figure above its budget) as further cases. As Jenkins' schema wants it; times are in seconds.
 */
export function junitXml(report: TestReport): string {
  const suites = report.rows.flatMap((row) => {
    const violations = report.budget?.violations.filter(({ target }) => target === row.target) ?? []
    const runs = row.runs.length > 0 ? row.runs : [undefined]
    return runs.map((run, i) => suiteOf(row, run, i === 0 ? violations : []))
  })
  const cases = suites.flatMap((suite) => suite.cases)
  const content = markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${plainText(report.app)}" ${counts(cases)} time="${seconds(report.milliseconds)}">
${suites.map((suite, i) => suiteMarkup(suite, i, report.endedAt))}</testsuites>
`
  return content.source
}

interface Case {
  readonly name: string
  readonly milliseconds: number
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped'
  /** What kind of failure or error: one word, or a few. */
  readonly type: string
  readonly message: string
  readonly detail: string
}

interface Suite {
  readonly name: string
  readonly row: TestRow
  readonly run: TestRun | undefined
  readonly cases: readonly Case[]
}

function suiteOf(row: TestRow, run: TestRun | undefined, violations: readonly Violation[]): Suite {
  const name = run === undefined || run.name === '' ? row.target : `${row.target} (${run.name})`
  const tests = (run?.tests ?? []).map(testCase)
  const own = verdictCase(run ?? row, run, tests)
  return { name, row, run, cases: [...own, ...tests, ...violations.map(budgetCase)] }
}

function testCase({ title, status, milliseconds, failure = '' }: TestResult): Case {
  const message = failure.split('\n', 1)[0] ?? ''
  const outcome = status === 'failed' ? 'failure' : status
  return { name: title, milliseconds, outcome, type: 'assertion', message, detail: failure }
}

// What no test tells: how the run ended, or that nothing was run.
function verdictCase(
  { status, why }: { readonly status: RowStatus; readonly why: string | undefined },
  run: TestRun | undefined,
  tests: readonly Case[],
): Case[] {
  const told =
    status === 'passed' || (status === 'failed' && tests.some((test) => test.outcome === 'failure'))
  if (told && tests.length > 0) return []
  const outcome = status === 'passed' || status === 'skipped' ? status : 'error'
  const detail =
    run === undefined
      ? []
      : [run.explanation, run.console.slice(-lastLines).map(lineText).join('\n'), `repeat: ${run.repeat}`]
  return [
    {
      name: 'runs',
      milliseconds: 0,
      outcome,
      type: status,
      message: why ?? status,
      detail: detail.filter((part) => part).join('\n\n'),
    },
  ]
}

function budgetCase(violation: Violation): Case {
  const message = violationText(violation)
  return {
    name: `budget: ${violation.what}`,
    milliseconds: 0,
    outcome: 'failure',
    type: 'budget',
    message,
    detail: message,
  }
}

function suiteMarkup({ name, row, run, cases }: Suite, id: number, endedAt: string | undefined): Markup {
  const time = seconds(cases.reduce((sum, { milliseconds }) => sum + milliseconds, 0))
  // Schemas want the time without a zone; it is UTC.
  const timestamp = endedAt !== undefined && markup` timestamp="${endedAt.replace(/(\.\d+)?Z$/, '')}"`
  return markup`<testsuite id="${id}" name="${plainText(name)}" package="${row.layer}" ${counts(cases)} skipped="${count(cases, 'skipped')}" time="${time}"${timestamp}>
<properties>
${propertiesOf(row, run).map(
  ([key, value]) =>
    value !== undefined && markup`<property name="${key}" value="${plainText(String(value))}"/>\n`,
)}</properties>
${cases.map((one) => caseMarkup(one, row.target))}${
  run !== undefined && markup`<system-out>${consoleText(run)}</system-out>\n`
}</testsuite>
`
}

function propertiesOf(
  row: TestRow,
  run: TestRun | undefined,
): readonly (readonly [string, string | number | undefined])[] {
  return [
    ['status', run?.status ?? row.status],
    ['carries', row.carries],
    ['proof', row.proof],
    ['size', row.size],
    ['firstOutputMs', run?.firstOutputMs],
    ['firstResponseMs', run?.firstResponseMs],
    ['instructions', run?.instructions],
    ['appSha256', row.appSha256],
    ['repeat', run?.repeat],
    ['commandLine', run?.commandLine],
  ]
}

function caseMarkup({ name, milliseconds, outcome, type, message, detail }: Case, target: string): Markup {
  const open = markup`<testcase name="${plainText(name)}" classname="${target}" time="${seconds(milliseconds)}"`
  if (outcome === 'passed') return markup`${open}/>\n`
  const body: Content =
    outcome === 'skipped'
      ? markup`<skipped>${plainText(message)}</skipped>`
      : outcome === 'error'
        ? markup`<error type="${type}" message="${plainText(message)}">${plainText(detail)}</error>`
        : markup`<failure type="${type}" message="${plainText(message)}">${plainText(detail)}</failure>`
  return markup`${open}>${body}</testcase>\n`
}

function counts(cases: readonly Case[]): Markup {
  return markup`tests="${cases.length}" failures="${count(cases, 'failure')}" errors="${count(cases, 'error')}"`
}

function count(cases: readonly Case[], outcome: Case['outcome']): number {
  return cases.filter((one) => one.outcome === outcome).length
}

/** Lines of a console that an error quotes. */
const lastLines = 40

function consoleText({ console }: TestRun): string {
  const { first, left, last } = consoleExcerpt(console)
  const gap = left === 0 ? [] : [`… ${left} lines are only in report.json …`]
  return [...first.map(lineText), ...gap, ...last.map(lineText)].join('\n')
}

function lineText({ text, at }: ConsoleLine): string {
  return `[${at.toFixed(1).padStart(8)} ms] ${plainText(text)}`
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3)
}
