import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { descendants, killAll } from '../../base/descendants.js'
import { startWorker, type Worker } from '../../base/run.js'
import type { TestRun } from '../report/test-report.js'

/** A run in a process of its own: what a suite or an app does to that process is no harm to the other rows. */
export interface ChildRun {
  /** The program, which answers the message with a TestRun. */
  readonly program: string
  readonly message: object
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Of the run, for when the child ends without a word. */
  readonly name: string
  readonly repeat: string
  /** Seconds after which it is ended. */
  readonly limit: number
  /** What the suite itself writes, by lines. */
  readonly onLine: (line: string) => void
}

/** Milliseconds for a child to end what it has started. */
const grace = 5000

export async function runChild(order: ChildRun, stop: AbortSignal): Promise<TestRun> {
  if (stop.aborted) return noReport(order, 'skipped', 'the test was interrupted', '')
  let run: Omit<TestRun, 'repeat'> | undefined
  const child = await startWorker(order.program, (message) => (run = message as TestRun), {
    cwd: order.cwd,
    env: { ...process.env, ...order.env },
  })
  const stderr = tail(child, order.onLine)
  let late = false
  const timer = setTimeout(() => {
    late = true
    void endChild(child)
  }, order.limit * 1000)
  const onStop = () => void endChild(child)
  stop.addEventListener('abort', onStop)
  child.send(order.message)
  const { exitCode, signal } = await child.ended
  clearTimeout(timer)
  stop.removeEventListener('abort', onStop)
  if (run !== undefined) return { ...run, repeat: order.repeat }
  if (stop.aborted) return noReport(order, 'skipped', 'the test was interrupted', stderr())
  const how = signal === undefined ? `status ${exitCode}` : signal
  return late
    ? noReport(order, 'hung', `the suite did not end in ${order.limit} s`, stderr())
    : noReport(order, 'failed', `the suite's process ended without a report (${how})`, stderr())
}

/** Asks it to end, and ends it, with everything that it has started. */
async function endChild(child: Worker): Promise<void> {
  const { pid } = child
  child.kill('SIGTERM')
  const gone = await Promise.race([child.ended.then(() => true), pause(grace, false, { ref: false })])
  if (gone || pid === undefined) return
  killAll(descendants(pid))
  child.kill('SIGKILL')
}

function noReport(order: ChildRun, status: TestRun['status'], why: string, stderr: string): TestRun {
  return {
    ...{ name: order.name, status, why, repeat: order.repeat },
    ...{ firstOutputMs: undefined, firstResponseMs: undefined, instructions: undefined },
    ...{ tests: [], console: [], timeline: [], commandLine: undefined },
    explanation: stderr === '' ? undefined : stderr,
  }
}

/** Passes on what it writes, and keeps the last of it for when it breaks. */
function tail(child: Worker, onLine: (line: string) => void): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      onLine(line)
      text = `${text}${line}\n`.slice(-4000)
    })
  return () => text.trimEnd()
}
