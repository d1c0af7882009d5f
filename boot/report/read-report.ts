import { readFileSync } from 'node:fs'
import {
  byName,
  type Decode,
  flag,
  list,
  number,
  object,
  oneOf,
  optional,
  text,
  textLike,
  wordOf,
} from '../../base/decode.js'
import { UserError } from '../../base/user-error.js'
import type { Proof } from '../../targets/lib/target.js'
import { figures } from './history.js'
import { layers } from './layers.js'
import type {
  BudgetResult,
  PastReport,
  RowFigures,
  RowStatus,
  TestReport,
  TestResult,
  TestRow,
  TestRun,
} from './test-report.js'

/** Reads a report.json that an earlier run wrote; undefined when there is no such file. */
export function readReport(file: string): TestReport | undefined {
  try {
    return parseReport(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new UserError(`not a report of unik test: ${(error as Error).message}`, {
      where: file,
      hint: 'remove the file, or name another one',
      cause: error,
    })
  }
}

/** Takes back what reportJson wrote; nothing in it is trusted. */
export function parseReport(json: string): TestReport {
  return report(JSON.parse(json), '')
}

const sha256 = textLike(/^[0-9a-f]{64}$/, 'a SHA-256')

const status = wordOf<RowStatus>({
  passed: true,
  failed: true,
  hung: true,
  panicked: true,
  'did not start': true,
  skipped: true,
})

const result: Decode<TestResult> = object({
  title: text,
  status: oneOf(['passed', 'failed', 'skipped']),
  milliseconds: number,
  failure: optional(text),
})

const run: Decode<TestRun> = object({
  name: text,
  status,
  why: optional(text),
  firstOutputMs: optional(number),
  firstResponseMs: optional(number),
  instructions: optional(number),
  tests: list(result),
  console: list(object({ text, at: number })),
  timeline: list(object({ name: text, start: number, end: number, idle: number })),
  explanation: optional(text),
  repeat: text,
  commandLine: optional(text),
})

const row: Decode<TestRow> = object({
  target: text,
  layer: oneOf(layers),
  carries: oneOf(['elf', 'bundle']),
  proof: wordOf<Proof>({
    "booted on the platform's own hardware model": true,
    'booted on stand-in hardware': true,
    'device model': true,
    'format read by a foreign reader': true,
    'run as what it is': true,
    'run on a stand-in of its platform': true,
  }),
  status,
  why: optional(text),
  size: number,
  appSha256: optional(sha256),
  firstOutputMs: optional(number),
  firstResponseMs: optional(number),
  runs: list(run),
})

const rowFigures: Decode<RowFigures> = object({
  status,
  size: optional(number),
  firstOutputMs: optional(number),
  firstResponseMs: optional(number),
  instructions: optional(number),
  exceeded: list(oneOf(figures)),
})

const past: Decode<PastReport> = object({
  endedAt: optional(text),
  appSha256: optional(sha256),
  rows: byName(rowFigures),
})

const limit = { target: text, what: oneOf(figures), rule: text }

const budget: Decode<BudgetResult> = object({
  checked: number,
  violations: list(
    object({ ...limit, measured: optional(number), limit: number, earlier: optional(number) }),
  ),
  unchecked: list(object({ ...limit, why: text })),
})

const report: Decode<TestReport> = object({
  app: text,
  appSha256: optional(sha256),
  bundleSha256: optional(sha256),
  rows: list(row),
  milliseconds: number,
  interrupted: flag,
  endedAt: optional(text),
  history: list(past),
  budget: optional(budget),
})
