import type { Duplex } from 'node:stream'
import { findProgram, needProgram, type Tool } from '../../base/find-program.js'
import { type Running, start } from '../../base/run.js'
import { connectDevtools, type Devtools, type DevtoolsEvent } from './devtools.js'

/** A page or worker that the browser runs, as DevTools see it. */
export interface Target {
  readonly session: string
  /** `page`, `service_worker`, `worker`. */
  readonly type: string
  readonly id: string
}

/** Chromium without a window. */
export interface Browser {
  readonly process: Running
  readonly devtools: Devtools
  /** Opens a page. Resolves when it can be spoken to, before anything of it has run. */
  open(url: string): Promise<Target>
  close(): Promise<void>
}

export interface BrowserEvents {
  /** Something begins to run; what is sent to it at once reaches it before its first line. */
  onTarget(target: Target, devtools: Devtools): Promise<void>
  onEvent(event: DevtoolsEvent): void
}

/** Starts it with this folder for all that it keeps. */
export async function startBrowser(profile: string, events: BrowserEvents): Promise<Browser> {
  const program = findChromium()
  const process_ = await start(program, [...options(), `--user-data-dir=${profile}`, 'about:blank'], {
    pipes: 2,
  })
  const [commands, answers] = process_.pipes as readonly Duplex[] as readonly [Duplex, Duplex]
  const targets = createTargets()
  const devtools = connectDevtools(commands, answers, (event) => {
    if (event.method !== 'Target.attachedToTarget') return events.onEvent(event)
    void attach(event.params as unknown as Attached)
  })
  // A worker answers nothing until it runs, so it is told to before what it was asked first is answered.
  const attach = async ({ sessionId: session, targetInfo: { targetId: id, type } }: Attached) => {
    const target = { session, type, id }
    const ready = events.onTarget(target, devtools)
    const running = devtools.send('Runtime.runIfWaitingForDebugger', {}, session)
    await Promise.all([ready, running]).catch(() => {}) // it has ended meanwhile
    targets.add(target)
  }
  await devtools.send('Target.setAutoAttach', autoAttach)
  return {
    process: process_,
    devtools,
    async open(url) {
      const { targetId } = await devtools.send('Target.createTarget', { url: 'about:blank' })
      const target = await targets.find(String(targetId))
      await devtools.send('Page.enable', {}, target.session)
      await devtools.send('Page.navigate', { url }, target.session)
      return target
    },
    async close() {
      await devtools.send('Browser.close').catch(() => {})
      await process_.ended
    },
  }
}

/** Targets by id; one may be asked for before the browser has told of it, or after. */
function createTargets() {
  const waiting = new Map<string, (target: Target) => void>()
  const known = new Map<string, Promise<Target>>()
  const find = (id: string): Promise<Target> => {
    const found = known.get(id) ?? new Promise<Target>((resolve) => waiting.set(id, resolve))
    known.set(id, found)
    return found
  }
  return {
    find,
    add(target: Target): void {
      void find(target.id)
      waiting.get(target.id)?.(target)
    },
  }
}

interface Attached {
  readonly sessionId: string
  readonly targetInfo: { readonly targetId: string; readonly type: string }
}

const autoAttach = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true }

/** What Debian, Fedora and Google call it. */
export const chromium: Tool = { program: 'chromium', debianPackage: 'chromium' }
const names = [chromium.program, 'chromium-browser', 'google-chrome']

export function findChromium(): string {
  const found = names.map((name) => findProgram(name)).find((file) => file !== undefined)
  return found ?? needProgram(chromium, 'run an app in a browser')
}

// Its sandbox is not for root.
function options(): string[] {
  return [
    ...['--headless=new', '--remote-debugging-pipe', '--no-first-run', '--no-default-browser-check'],
    ...[
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-crash-reporter',
    ],
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ]
}
