/** Where the app's standard streams go. */
export type Write = (text: string, stream: 'out' | 'err') => void

/** Gives a browser's worker the globals that apps expect of a server: process, setImmediate. What means nothing there does nothing. */
export function installProcess(
  env: Readonly<Record<string, string>>,
  onWrite: Write,
  onExit: (status: number) => void = () => {},
): void {
  const started = performance.now()
  const listeners = new Map<string, readonly Listener[]>()
  const of = (name: string) => listeners.get(name) ?? []
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
      listeners.set(name, [...of(name), listener])
      return process
    },
    prependListener(name: string, listener: Listener) {
      listeners.set(name, [listener, ...of(name)])
      return process
    },
    once(name: string, listener: Listener) {
      const first: Listener = (...args) => {
        process.off(name, first)
        listener(...args)
      }
      return process.on(name, first)
    },
    off(name: string, listener: Listener) {
      const others = of(name).filter((each) => each !== listener)
      listeners.set(name, others)
      return process
    },
    removeAllListeners(name: string) {
      listeners.delete(name)
      return process
    },
    emit(name: string, ...args: unknown[]) {
      for (const listener of of(name)) listener(...args)
      return of(name).length > 0
    },
    listenerCount: (name: string) => of(name).length,
  }
  const aliases = { addListener: process.on, removeListener: process.off }
  const setImmediate = (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
    setTimeout(callback, 0, ...args)
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
