// biome-ignore-all lint: declarations follow the APIs that they describe
interface ProcessStream {
  readonly fd: number
  readonly isTTY: boolean
  /** Written when it returns, always in order. */
  write(chunk: string | Uint8Array, callback?: () => void): true
}

type ProcessListener = (...args: any[]) => void

interface Process {
  readonly argv: string[]
  readonly env: Record<string, string | undefined>
  exitCode: number | string | undefined
  readonly pid: number
  readonly ppid: number
  readonly platform: 'linux'
  readonly arch: 'x64'
  readonly title: string
  readonly version: string
  readonly versions: Readonly<Record<string, string>>
  readonly execPath: string
  readonly stdout: ProcessStream
  readonly stderr: ProcessStream
  exit(code?: number | string): never
  abort(): never
  kill(pid: number, signal?: string | number): true
  cwd(): string
  uptime(): number
  hrtime: { (since?: readonly [number, number]): [number, number]; bigint(): bigint }
  memoryUsage: {
    (): { rss: number; heapTotal: number; heapUsed: number; external: number; arrayBuffers: number }
    rss(): number
  }
  nextTick<Args extends unknown[]>(callback: (...args: Args) => void, ...args: Args): void
  /** 'exit', 'uncaughtException', 'unhandledRejection', and signals by name. */
  on(event: string, listener: ProcessListener): this
  addListener(event: string, listener: ProcessListener): this
  prependListener(event: string, listener: ProcessListener): this
  once(event: string, listener: ProcessListener): this
  off(event: string, listener: ProcessListener): this
  removeListener(event: string, listener: ProcessListener): this
  removeAllListeners(event?: string): this
  listenerCount(event: string): number
  emit(event: string, ...args: unknown[]): boolean
}
declare var process: Process

declare module 'node:process' {
  export default process
  export const argv: Process['argv']
  export const env: Process['env']
  export const exit: Process['exit']
  export const pid: number
  export const platform: 'linux'
  export const stdout: ProcessStream
  export const stderr: ProcessStream
  export const nextTick: Process['nextTick']
}
