/** Where the app's standard streams go. */
export type Write = (text: string, stream: 'out' | 'err') => void

/** Gives a browser's worker the globals that apps expect of a server: process, setImmediate. What means nothing there does nothing. */
export function installProcess(
  env: Readonly<Record<string, string>>,
  onWrite: Write,
  onExit: (status: number) => void = () => {},
): void {
  const started = performance.now()
  const listeners = new EventTarget()
  const handlers = new WeakMap<Listener, (event: Event) => void>()
  const stream = (name: 'out' | 'err', fd: number) => ({ fd, isTTY: false, write: writer(onWrite, name) })
  const process = {
    argv: ['/app', '/app'],
    env: { ...env },
    exitCode: undefined as number | undefined,
    pid: 1,
    ppid: 0,
    platform: 'linux',
    arch: 'x64',
    title: 'app',
    version: 'v24.0.0',
    versions: { node: '24.0.0' },
    execPath: '/app',
    stdout: stream('out', 1),
    stderr: stream('err', 2),
    exit(status?: number): never {
      onExit(status ?? process.exitCode ?? 0)
      throw new Error('process.exit')
    },
    abort: (): never => process.exit(134),
    kill: () => true,
    cwd: () => '/app',
    uptime: () => (performance.now() - started) / 1000,
    hrtime: Object.assign(hrtime, { bigint: () => BigInt(Math.round(performance.now() * 1e6)) }),
    memoryUsage: Object.assign(memoryUsage, { rss: () => 0 }),
    nextTick: (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
      queueMicrotask(() => callback(...args)),
    on(name: string, listener: Listener) {
      const handler = (event: Event) => listener(...(event as CustomEvent<unknown[]>).detail)
      handlers.set(listener, handler)
      listeners.addEventListener(name, handler)
      return process
    },
    off(name: string, listener: Listener) {
      const handler = handlers.get(listener)
      if (handler !== undefined) listeners.removeEventListener(name, handler)
      return process
    },
    emit: (name: string, ...detail: unknown[]) => listeners.dispatchEvent(new CustomEvent(name, { detail })),
    listenerCount: () => 0,
    removeAllListeners: () => process,
  }
  const { on, off } = process
  const aliases = { addListener: on, prependListener: on, once: on, removeListener: off }
  const setImmediate = (callback: () => void, ...args: []) => setTimeout(callback, 0, ...args)
  Object.assign(globalThis, {
    process: Object.assign(process, aliases),
    setImmediate,
    clearImmediate: clearTimeout,
  })
}

type Listener = (...args: unknown[]) => void

function writer(onWrite: Write, stream: 'out' | 'err') {
  const decoder = new TextDecoder()
  return (chunk: string | Uint8Array, callback?: () => void): true => {
    onWrite(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }), stream)
    callback?.()
    return true
  }
}

function hrtime([seconds, nanoseconds]: readonly [number, number] = [0, 0]): [number, number] {
  const now = Math.round(performance.now() * 1e6) - seconds * 1e9 - nanoseconds
  return [Math.floor(now / 1e9), now % 1e9]
}

function memoryUsage() {
  return { rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }
}
