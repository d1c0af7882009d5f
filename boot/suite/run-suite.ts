import { fileURLToPath } from 'node:url'
import { UserError } from '../../base/user-error.js'
import type { ConsoleLine } from '../console.js'
import type { TestResult, TestRun } from '../report/test-report.js'
import { AppRun } from './app-run.js'
import { countInstructions } from './count-instructions.js'
import { setCurrentRun } from './current-run.js'
import { judgeRun } from './judge-run.js'
import type { Life } from './life.js'
import { failureText, loadSuite } from './mocha-run.js'
import type { RunOrder, StartApp } from './run-order.js'

/**
 * Starts an artefact and runs its suite against it, in this process, which does nothing else. `startCounting` starts it on a
 * machine that counts its instructions, after the suite.
 */
export async function runSuite(
  order: RunOrder,
  start: StartApp,
  startCounting?: StartApp,
): Promise<Omit<TestRun, 'repeat'>> {
  const run = new AppRun(order, start)
  setCurrentRun(run)
  let loadError: string | undefined
  // Before the app runs: a console that nobody reads for a while loses what is written to it.
  const runTests = await load(run).catch((error: unknown) => {
    loadError = failureText(error)
    return undefined
  })
  const tests = runTests !== undefined && (await run.begin()) ? await runTests() : []
  await run.end()
  const result = describe(run, tests, loadError)
  if (startCounting === undefined || result.status !== 'passed') return result
  return {
    ...result,
    instructions: await countInstructions(startCounting, run.serves === true, order.timeout),
  }
}

function load(run: AppRun): Promise<() => Promise<TestResult[]>> {
  const { files, timeout } = run.order
  const defaultSuite = fileURLToPath(new URL('./default-suite.js', import.meta.url))
  const hooks = {
    before: async () => void (await run.running()),
    async after(waited: boolean) {
      if (waited) await run.checkAlive()
      run.nextTest()
    },
  }
  // A test has time for more than one wait, whose own message says more than mocha's.
  return loadSuite(files.length > 0 ? files : [defaultSuite], hooks, 2 * timeout)
}

function describe(
  run: AppRun,
  tests: readonly TestResult[],
  loadError: string | undefined,
): Omit<TestRun, 'repeat'> {
  const { startError, hung, serves } = run
  const lives = run.lives.map(({ report, firstResponseMs, asked }) => ({
    ...{ report, asked },
    answered: firstResponseMs !== undefined,
  }))
  const first = run.lives[0]
  const judgement = judgeRun({ startError, hung, serves, lives, loadError, tests })
  return {
    ...{ name: run.order.way, ...judgement },
    firstOutputMs: first?.guest.firstOutputMs(),
    firstResponseMs: first?.firstResponseMs,
    instructions: undefined,
    tests,
    console: consoleOf(judgement.status === 'passed' ? run.lives.slice(0, 1) : run.lives),
    timeline: first?.timeline() ?? [],
    explanation: explain(run, loadError),
    commandLine: first?.commandLine,
  }
}

function consoleOf(lives: readonly Life[]): readonly ConsoleLine[] {
  return lives.flatMap((life, index) =>
    index === 0 ? life.lines() : [{ text: '(started again)', at: 0 }, ...life.lines()],
  )
}

function explain({ startError, lives }: AppRun, loadError: string | undefined): string | undefined {
  const texts = [
    loadError,
    startError instanceof UserError
      ? [startError.where, startError.detail, startError.hint].filter(Boolean).join('\n')
      : startError instanceof Error
        ? startError.stack
        : undefined,
    ...lives.map(({ report }) => report?.explanation),
  ]
  return texts.find((text) => text !== undefined && text !== '')
}
