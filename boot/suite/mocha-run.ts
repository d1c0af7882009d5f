import type Mocha from 'mocha'
import { packageRoot } from '../../base/package-root.js'
import { UserError } from '../../base/user-error.js'
import type { TestResult } from '../report/test-report.js'
import { WaitError } from './wait-error.js'

export interface SuiteHooks {
  /** Before each test. */
  readonly before: () => Promise<void>
  /** After each test; `waited`: it failed because a wait of the fixture or the test's own time limit ran out. */
  readonly after: (waited: boolean) => Promise<void>
}

/**
 * Loads compiled test files into this process; what it resolves to runs them by mocha. It fails as a file does that cannot be
 * loaded. `seconds`: what a test may take unless it says otherwise itself.
 */
export async function loadSuite(
  files: readonly string[],
  hooks: SuiteHooks,
  seconds: number,
): Promise<() => Promise<TestResult[]>> {
  const { default: MochaClass } = await import('mocha')
  let failure: unknown
  const mocha = new MochaClass({
    ui: 'bdd',
    reporter: Quiet,
    timeout: seconds * 1000,
    forbidOnly: process.env.CI !== undefined,
    rootHooks: {
      async beforeEach(this: Mocha.Context) {
        this.timeout(0) // our waits end by themselves
        failure = undefined
        await hooks.before()
      },
      async afterEach(this: Mocha.Context) {
        this.timeout(0)
        await hooks.after(ranOut(failure))
      },
    },
  })
  for (const file of files) mocha.addFile(file)
  await mocha.loadFilesAsync()
  return () =>
    results(mocha, (error) => {
      failure = error
    })
}

/** Results are gathered from the runner's events. */
const Quiet = class {} as unknown as Mocha.ReporterConstructor

function results(mocha: Mocha, onFailure: (error: unknown) => void): Promise<TestResult[]> {
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
      .on('fail', (test, error) => {
        onFailure(error)
        add(test, 'failed', error)
      })
  })
}

function ranOut(error: unknown): boolean {
  return error instanceof WaitError || (error as { code?: string } | undefined)?.code === 'ERR_MOCHA_TIMEOUT'
}

/** Message and stack, without the frames of Node.js, mocha and this folder. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const lines = (error.stack ?? '').split('\n')
  const frames = lines.filter((line) => /^\s+at /.test(line) && !isForeign(line))
  const hint = error instanceof UserError && error.hint !== undefined ? [error.hint] : []
  return [`${error.name}: ${error.message}`, ...hint, ...frames].join('\n')
}

// Of our own files source maps may say what they were compiled from.
function isForeign(frame: string): boolean {
  if (/node:|node_modules[\\/](?:mocha|chai)[\\/]/.test(frame)) return true
  const at = frame.indexOf(packageRoot)
  if (at < 0) return false
  const inside = frame.slice(at + packageRoot.length)
  return /^[\\/](?:lib[\\/])?(?:base|boot)[\\/]/.test(inside) && !inside.includes('default-suite')
}
