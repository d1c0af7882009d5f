import type { Layer } from '../../targets/lib/target.js'
import type { Verdict } from '../verdict.js'
import type { AppRun } from './app-run.js'
import { currentRun } from './current-run.js'
import type { Life } from './life.js'
import { within } from './wait-error.js'

/** The app on the row that is being tested: what `unik.test.ts` imports. It runs before each test; docs/test.md is its reference. */
export interface App {
  /** The row's name, as in `-t`. */
  readonly target: string
  readonly layer: Layer
  /** `elf`: the app ELF; `bundle`: its JavaScript in somebody else's engine. */
  readonly carries: 'elf' | 'bundle'
  /** Which of the platform's ways this is, such as `UEFI`; empty where there is but one. */
  readonly way: string
  /** `http://127.0.0.1:PORT`, of this start. */
  readonly origin: string
  /** What the app has written since this start, its errors included; lines end with `\n` on every row. */
  readonly console: string
  /** How this start ends. Fails when it has not ended in time. */
  readonly exit: Promise<Exit>
  /** As the global `fetch`, with a path of the app's. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** Waits until the console matches; `timeout` in milliseconds. */
  waitFor(pattern: RegExp, options?: { readonly timeout?: number }): Promise<RegExpExecArray>
  /** SIGTERM is the platform's own shutdown, SIGINT its Ctrl-C, SIGKILL its power; a row says of any other that it cannot send it. */
  signal(name: NodeJS.Signals): Promise<void>
  /** Bytes for its standard input. */
  write(data: string | Uint8Array): Promise<void>
  /** Shuts it down if it runs, and starts it again. */
  restart(): Promise<void>
}

export interface Exit {
  /** As a shell has it: 128 + n when a signal ended it. */
  readonly status: number
  readonly verdict: Verdict
}

export const app: App = {
  get target() {
    return currentRun().order.target
  },
  get layer() {
    return currentRun().order.layer
  },
  get carries() {
    return currentRun().order.carries
  },
  get way() {
    return currentRun().order.way
  },
  get origin() {
    return originOf(currentRun().last)
  },
  get console() {
    return currentRun().last.text()
  },
  get exit() {
    return exitOf(currentRun())
  },
  async fetch(path, init) {
    const run = currentRun()
    return await fetchFrom(await alive(run, `fetch ${path}`), path, init, run.order.timeout)
  },
  async waitFor(pattern, options) {
    const run = currentRun()
    return await matchConsole(await run.running(), pattern, options?.timeout ?? run.order.timeout * 1000)
  },
  async signal(name) {
    const life = await alive(currentRun(), name)
    if (endings.includes(name)) life.asked ??= 'stop'
    await life.guest.signal(name)
  },
  async write(data) {
    const life = await alive(currentRun(), 'write')
    life.guest.write(data)
  },
  restart: () => currentRun().restart(),
}

/** What a platform ends an app by; after any other signal it shall run on, unless a test looks at how it ends. */
const endings: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGKILL']

async function alive(run: AppRun, what: string): Promise<Life> {
  const life = await run.running()
  if (life.report === undefined) return life
  throw new Error(`${what}: the app has ended with status ${life.report.status}`)
}

function originOf({ origin }: Life): string {
  if (origin === undefined) throw new Error('this app has no port')
  return origin
}

function exitOf(run: AppRun): Promise<Exit> {
  const life = run.last
  life.asked = 'any'
  const exit = life.ended.then(({ status, verdict }) => ({ status, verdict }))
  const inTime = within(run.order.timeout, exit, 'the app did not end')
  inTime.catch(() => {}) // who waits for it is told; who only looked is not bothered
  return inTime
}

async function fetchFrom(
  life: Life,
  path: string,
  init: RequestInit | undefined,
  seconds: number,
): Promise<Response> {
  const limit = new AbortController()
  const signal = init?.signal == null ? limit.signal : AbortSignal.any([limit.signal, init.signal])
  const answer = fetch(new URL(path, originOf(life)), { ...init, signal })
  try {
    return await within(seconds, answer, `no answer for ${path}`)
  } catch (error) {
    limit.abort()
    const cause = error instanceof TypeError ? error.cause : undefined
    throw cause instanceof Error ? new Error(`fetch ${path}: ${cause.message}`, { cause }) : error
  }
}

async function matchConsole(life: Life, pattern: RegExp, milliseconds: number): Promise<RegExpExecArray> {
  const match = async (): Promise<RegExpExecArray> => {
    for (;;) {
      const found = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).exec(life.text())
      if (found !== null) return found
      if (life.report !== undefined)
        throw new Error(
          `the app ended with status ${life.report.status} before its console matched ${pattern}`,
        )
      await life.nextSign()
    }
  }
  return await within(milliseconds / 1000, match(), `the console did not match ${pattern}`)
}
