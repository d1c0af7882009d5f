import type { TestReport, TestRow, TestRun } from '../../boot/report/test-report.js'

/** A report of one row that passed; tests say what is otherwise. */
export function reportOf(rows: readonly TestRow[], more: Partial<TestReport> = {}): TestReport {
  return {
    app: 'http',
    appSha256: digest('a'),
    bundleSha256: digest('b'),
    rows,
    milliseconds: 61_500,
    interrupted: false,
    ...more,
  }
}

export function rowOf(target: string, more: Partial<TestRow> = {}): TestRow {
  return {
    target,
    layer: 'OS image',
    carries: 'elf',
    proof: 'booted on stand-in hardware',
    status: 'passed',
    why: undefined,
    size: 812 * 1024,
    appSha256: digest('a'),
    firstOutputMs: 41.25,
    firstResponseMs: 150,
    runs: [runOf()],
    ...more,
  }
}

export function runOf(more: Partial<TestRun> = {}): TestRun {
  return {
    name: '',
    status: 'passed',
    why: undefined,
    firstOutputMs: 41.25,
    firstResponseMs: 150,
    instructions: 4_100_000,
    tests: [
      { title: 'starts', status: 'passed', milliseconds: 152, failure: undefined },
      { title: 'answers a request', status: 'passed', milliseconds: 8.5, failure: undefined },
    ],
    console: [{ text: 'listening on 80', at: 41.25 }],
    timeline: [
      { name: 'firmware', start: 0, end: 12, idle: 0 },
      { name: 'kernel: devices', start: 12, end: 30, idle: 3 },
      { name: 'app: until it listens', start: 30, end: 41, idle: 0 },
    ],
    explanation: undefined,
    commandLine: undefined,
    repeat: "unik test src/index.ts -t 'efi'",
    ...more,
  }
}

export function digest(letter: string): string {
  return letter.repeat(64)
}
