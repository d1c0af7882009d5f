import type Mocha from 'mocha'
import type { TestResult } from '../report/test-report.js'
import { WaitError } from './wait-error.js'

export interface SuiteHooks {
  /** Before each test. */
  readonly before: () => Promise<void>
  /** After each test; `waited`: it failed because a wait of the fixture or the test's own time limit ran out. */
  readonly after: (waited: boolean) => Promise<void>
}

export interface SuiteResult {
  readonly tests: readonly TestResult[]
  /** A file that could not be loaded, with its stack. */
  readonly loadError: string | undefined
}

/** Runs compiled test files by mocha in this process. `seconds`: what a test may take unless it says otherwise itself. */
export async function runMocha(
  files: readonly string[],
  hooks: SuiteHooks,
  seconds: number,
): Promise<SuiteResult> {
  const { default: MochaClass } = await import('mocha')
  const mocha = new MochaClass({
    ui: 'bdd',
    reporter: Quiet,
    timeout: seconds * 1000,
    forbidOnly: process.env.CI !== undefined,
    rootHooks: {
      beforeEach: hooks.before,
      async afterEach(this: Mocha.Context) {
        await hooks.after(ranOut(this.currentTest?.err))
      },
    },
  })
  for (const file of files) mocha.addFile(file)
  try {
    await mocha.loadFilesAsync()
  } catch (error) {
    return { tests: [], loadError: failureText(error) }
  }
  return { tests: await results(mocha), loadError: undefined }
}

/** Results are gathered from the runner's events. */
const Quiet = class {} as unknown as Mocha.ReporterConstructor

function results(mocha: Mocha): Promise<TestResult[]> {
  const tests: TestResult[] = []
  const add = (test: Mocha.Runnable, status: TestResult['status'], error?: unknown) =>
    void tests.push({
      title: test.titlePath().join(' '),
      status,
      milliseconds: test.duration ?? 0,
      failure: error === undefined ? undefined : failureText(error),
    })
  return new Promise((resolve) => {
    mocha
      .run(() => resolve(tests))
      .on('pass', (test) => add(test, 'passed'))
      .on('pending', (test) => add(test, 'skipped'))
      .on('fail', (test, error) => add(test, 'failed', error))
  })
}

function ranOut(error: unknown): boolean {
  return error instanceof WaitError || (error as { code?: string } | undefined)?.code === 'ERR_MOCHA_TIMEOUT'
}

/** Message and stack, without the frames of Node.js, mocha and this folder. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const lines = (error.stack ?? '').split('\n')
  const frames = lines.filter((line) => /^\s+at /.test(line) && !foreignFrame.test(line))
  return [`${error.name}: ${error.message}`, ...frames].join('\n')
}

const foreignFrame = /node:|node_modules[\\/](?:mocha|chai)[\\/]|[\\/]boot[\\/]suite[\\/](?!default-suite)/
