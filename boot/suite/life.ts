import { quote } from '../../base/run.js'
import { type ConsoleLine, createLineLog } from '../console.js'
import { firstResponse } from '../probe.js'
import { createTimeline, type Phase } from '../timeline.js'
import type { AskedEnd } from './judge-run.js'
import type { EndReport, StartApp, Started } from './run-order.js'

/** The app from one start to its end. */
export interface Life extends Started {
  readonly origin: string | undefined
  readonly commandLine: string
  /** What it has written so far. */
  text(): string
  lines(): readonly ConsoleLine[]
  timeline(): readonly Phase[]
  /** Whether the kernel has told of its first response, as it does a moment after it. */
  timelineDone(): boolean
  /** Resolves when it writes, tells a record, or ends. */
  nextSign(): Promise<void>
  /** The first of these. */
  readonly firstSign: Promise<void>
  /** Undefined while it runs. */
  report: EndReport | undefined
  firstResponseMs: number | undefined
  /** What was asked of its end; undefined: that it does not come. */
  asked: AskedEnd | undefined
  /** Number of the test during which it ended. */
  endedDuring: number | undefined
}

/** Starts the app; `now` numbers the tests. */
export async function startLife(start: StartApp, now: () => number): Promise<Life> {
  const log = createLineLog(() => performance.now() - startedAt)
  const timeline = createTimeline()
  const signs = createSigns()
  const firstSign = signs.next()
  let startedAt = performance.now()
  let text = ''
  const started = await start({
    onText(piece) {
      text += piece
      log.push(piece)
      signs.tell()
    },
    onRecord(record) {
      timeline.push(record)
      signs.tell()
    },
  })
  startedAt = started.guest.startedAt
  const [port] = started.ports
  const life: Life = {
    ...started,
    origin: port === undefined ? undefined : `http://127.0.0.1:${port.host}`,
    commandLine: quote(started.guest.commandLine),
    text: () => text.replaceAll('\r\n', '\n'),
    lines: () => log.lines(),
    timeline: () => timeline.phases(),
    timelineDone: () => timeline.answered(),
    nextSign: signs.next,
    firstSign,
    report: undefined,
    firstResponseMs: undefined,
    asked: undefined,
    endedDuring: undefined,
  }
  void started.ended.then((report) => {
    life.report = report
    life.endedDuring = now()
    signs.tell()
  })
  return life
}

/** Asks for `/` until it answers, whatever the status, or ends, or the time is over. */
export async function awaitAnswer(life: Life, milliseconds: number): Promise<boolean> {
  if (life.origin === undefined) return false
  const stop = new AbortController()
  const end = () => stop.abort()
  void life.ended.then(end)
  const timer = setTimeout(end, milliseconds)
  const at = await firstResponse(`${life.origin}/`, life.guest.startedAt, stop.signal, () => true)
  clearTimeout(timer)
  if (at !== undefined) life.firstResponseMs ??= at
  return at !== undefined
}

/** Whether it gives a sign in so many seconds; its end is one. */
export function givesSign(life: Life, seconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), seconds * 1000)
    void life.nextSign().then(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}

/** Nobody can hold a port for a program that binds it itself: between the choice and the start somebody else may take it. */
export function portWasTaken(life: Life): boolean {
  const refused = /EADDRINUSE|address already in use|could not set up host forwarding/i
  return life.report !== undefined && refused.test(life.text())
}

function createSigns() {
  let tell = () => {}
  let told = Promise.resolve()
  const renew = () => {
    told = new Promise((resolve) => {
      tell = resolve
    })
  }
  renew()
  return {
    next: () => told,
    tell() {
      tell()
      renew()
    },
  }
}
