import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { requirePackage } from '../base/require-package.js'
import { UserError } from '../base/user-error.js'
import { firstResponse } from '../boot/probe.js'
import { type BootRequest, type BootSession, explained, startBoot } from './boot-session.js'
import { projectRoot } from './config/load.js'
import { type Artefact, build } from './pipeline.js'

/** What `unik dev` was asked for: a run that begins anew at each save. */
export interface DevRequest extends Omit<BootRequest, 'subject' | 'rootfs' | 'timeout' | 'onWarning'> {
  /** ENTRY; undefined: the project in `cwd`. */
  readonly entry: string | undefined
  readonly onEvent: (event: DevEvent) => void
}

export type DevEvent =
  | { readonly kind: 'warning'; readonly text: string }
  /** It does not build, so that what ran runs on, or does not start. */
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'started'; readonly session: BootSession; readonly buildMs: number }
  /** `sinceChangeMs`: from the save that was seen, or the first build's start, to the first HTTP response. */
  | { readonly kind: 'answered'; readonly sinceChangeMs: number }
  | { readonly kind: 'ended'; readonly status: number; readonly explanation: string }

/** A guest that a change of the sources replaces by the next. */
export interface DevSession {
  /** Resolves when the guest of the moment is gone. */
  stop(): Promise<void>
}

/**
 * Builds, boots, and does both again whenever a file of the project changes. Ports stay what the first start chose. Fails when it cannot
 * start for another reason than a mistake in the sources, which is told, and waits for its correction.
 */
export async function startDev(request: DevRequest): Promise<DevSession> {
  const root = projectRoot(request.entry, request.cwd)
  const output = resolve(request.cwd, request.output)
  let current: BootSession | undefined
  let ports = request.ports
  let stopped = false

  async function begin(changedAt: number): Promise<void> {
    const artefact = await tryBuild(request)
    if (artefact === undefined || stopped) return
    const buildMs = performance.now() - changedAt
    const previous = current
    current = undefined
    await end(previous)
    if (stopped) return
    const session = await startBoot({ ...request, subject: artefact.folder, timeout: 0, ports })
    current = session
    ports = session.ports
    request.onEvent({ kind: 'started', session, buildMs })
    void session.ended.then((report) => {
      if (current !== session) return
      current = undefined
      request.onEvent({ kind: 'ended', status: report.status, explanation: explained(report) })
    })
    void tellFirstResponse(session, changedAt, request.onEvent)
  }

  let started = false
  const next = oneAtATime((changedAt) =>
    begin(changedAt).catch((error: Error) => {
      if (!started) throw error
      request.onEvent({ kind: 'failed', error })
    }),
  )
  const watcher = await watch(root, output, next.run) // first, or it would miss what is saved meanwhile
  await next.run(performance.now()).catch(async (error: Error) => {
    await watcher.close()
    throw error
  })
  started = true
  return {
    async stop() {
      stopped = true
      await watcher.close()
      await next.idle()
      const last = current
      current = undefined
      await end(last)
    },
  }
}

async function tryBuild(request: DevRequest): Promise<Artefact | undefined> {
  const { entry, target = 'qemu', output, cwd, onEvent } = request
  try {
    const entries = entry === undefined ? [] : [entry]
    const built = await build({ entries, targets: [target], env: {}, output, cwd })
    for (const text of built.warnings) onEvent({ kind: 'warning', text })
    return built.artefacts[0]
  } catch (error) {
    if (!(error instanceof UserError) || error.status !== 1) throw error
    onEvent({ kind: 'failed', error })
    return undefined
  }
}

/** Milliseconds that an app has to end when its successor is ready. */
const patience = 300

async function end(session: BootSession | undefined): Promise<void> {
  if (session === undefined) return
  const timer = setTimeout(session.guest.kill, patience)
  await session.guest.shutdown().catch(session.guest.kill)
  await session.ended
  clearTimeout(timer)
}

async function tellFirstResponse(
  session: BootSession,
  changedAt: number,
  onEvent: DevRequest['onEvent'],
): Promise<void> {
  const [port] = session.ports
  if (port === undefined) return
  const over = new AbortController()
  void session.ended.then(() => over.abort())
  const answered = await firstResponse(`http://127.0.0.1:${port.host}/`, changedAt, over.signal)
  if (answered !== undefined) onEvent({ kind: 'answered', sinceChangeMs: answered })
}

/** Milliseconds of silence after a change before it is acted on: editors write a file in several steps. */
const settle = 20

async function watch(root: string, output: string, onChange: (changedAt: number) => void) {
  const { watch: watchFiles } = requirePackage('chokidar') as typeof import('chokidar')
  const watcher = watchFiles(root, { ignored: (path) => isIgnored(root, output, path), ignoreInitial: true })
  let timer: NodeJS.Timeout | undefined
  watcher.on('all', () => {
    clearTimeout(timer)
    timer = setTimeout(onChange, settle, performance.now())
  })
  await new Promise<void>((resolve) => watcher.once('ready', resolve))
  return {
    close() {
      clearTimeout(timer)
      return watcher.close()
    },
  }
}

// Installed packages, what we write ourselves, and what editors and version control keep beside the sources.
function isIgnored(root: string, output: string, path: string): boolean {
  const below = relative(root, path)
  if (below === '' || isAbsolute(below)) return false
  if (`${path}${sep}`.startsWith(join(output, sep))) return true
  return below
    .split(sep)
    .some((name) => name === 'node_modules' || name.startsWith('.') || name.endsWith('~'))
}

/** Runs `work` never twice at once; whatever is asked for meanwhile is one more run at its end. */
function oneAtATime(work: (since: number) => Promise<void>) {
  let running: Promise<void> | undefined
  let waiting: number | undefined
  const loop = async (since: number) => {
    await work(since)
    if (waiting === undefined) return
    const again = waiting
    waiting = undefined
    await loop(again)
  }
  return {
    run(since: number): Promise<void> {
      if (running !== undefined) {
        waiting ??= since
        return running
      }
      running = loop(since).finally(() => {
        running = undefined
      })
      return running
    },
    idle: () => running ?? Promise.resolve(),
  }
}
