import type { ChildProcess } from 'node:child_process'
import type { Duplex, Readable, Writable } from 'node:stream'
import { atExit } from './at-exit.js'
import { descendants, killAll } from './descendants.js'
import { UserError } from './user-error.js'

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly input?: string | Uint8Array
  /** Milliseconds; default one minute. */
  readonly timeout?: number
}

export interface RunResult {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
  readonly signal: string | undefined
}

/** Runs a program to its end, with a time limit and captured output. Fails with the quoted command line when it does not exit with 0. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const result = await tryRun(program, args, options)
  if (result.exitCode === 0) return result
  throw new UserError(`${quote([program, ...args])} failed with ${describeEnd(result)}`, {
    detail: (result.stderr || result.stdout).trimEnd(),
  })
}

/** As `run`, but any exit status is a result. */
export async function tryRun(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { execa } = await import('execa') // 70 ms: only when a program is run
  const child = execa(program, args, {
    reject: false,
    cleanup: false,
    timeout: options.timeout ?? 60_000,
    stripFinalNewline: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  })
  const forget = atExit(() => child.kill('SIGKILL'))
  const result = await child
  forget()
  if (result.exitCode === undefined && result.signal === undefined)
    throw new UserError(
      `cannot run ${program}: ${result.cause instanceof Error ? result.cause.message : 'unknown reason'}`,
    )
  return {
    stdout: String(result.stdout),
    stderr: String(result.stderr),
    exitCode: result.exitCode ?? 128,
    signal: result.signal,
  }
}

/**
 * A program that runs beside us: its output arrives as it is written, and it is killed when we end. It is in a session of its own, so
 * that the terminal's Ctrl-C reaches us only, who pass it on as the program's platform would.
 */
export interface Running {
  readonly pid: number | undefined
  /** performance.now() when it was started. */
  readonly startedAt: number
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** From descriptor 3 on, as many as were asked for. */
  readonly pipes: readonly Duplex[]
  /** Never rejects; exitCode is undefined when a signal ended it, or when it could not be started. */
  readonly ended: Promise<{ readonly exitCode: number | undefined; readonly signal: string | undefined }>
  kill(signal: NodeJS.Signals): void
}

export interface StartOptions {
  readonly cwd?: string
  /** Pipes beyond the standard streams; default 0. */
  readonly pipes?: number
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Starts a program and returns at once. */
export async function start(
  program: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Running> {
  const { execa } = await import('execa')
  const startedAt = performance.now()
  const child = execa(program, args, {
    reject: false,
    cleanup: false,
    detached: process.platform !== 'win32',
    buffer: false,
    stdio: Array<'pipe'>(3 + (options.pipes ?? 0)).fill('pipe') as ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  })
  const kill = (signal: NodeJS.Signals) => {
    if (signal === 'SIGKILL') killAll(descendants(child.pid ?? 0)) // it cannot do that itself any more
    child.kill(signal)
  }
  const forget = atExit(() => kill('SIGKILL'))
  return {
    pid: child.pid,
    startedAt,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    pipes: child.stdio.slice(3) as unknown as Duplex[],
    ended: child.then((result) => {
      forget()
      return { exitCode: result.exitCode, signal: result.signal }
    }),
    kill,
  }
}

/** A program of our own for Node.js beside us, to speak with in messages. */
export interface Worker extends Omit<Running, 'stdin' | 'pipes'> {
  send(message: object): void
}

/**
 * Starts one. It ends with us: by SIGTERM, so that it can end what it has started itself, and by `disconnect` when there was
 * no time for that.
 */
export async function startWorker(
  file: string,
  onMessage: (message: unknown) => void,
  options: StartOptions = {},
): Promise<Worker> {
  const { fork } = await import('node:child_process')
  const startedAt = performance.now()
  const child = fork(file, {
    ...options,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    execArgv: [],
  })
  const forget = atExit(() => child.kill('SIGTERM'))
  child.on('message', onMessage)
  child.once('exit', () => endLeft(child))
  const ended = new Promise<Awaited<Running['ended']>>((resolve) => {
    child.on('error', () => resolve({ exitCode: undefined, signal: undefined }))
    child.on('close', (code, signal) => resolve({ exitCode: code ?? undefined, signal: signal ?? undefined }))
  })
  return {
    pid: child.pid,
    startedAt,
    stdout: child.stdout as Readable,
    stderr: child.stderr as Readable,
    ended: ended.finally(forget),
    kill: (signal) => void child.kill(signal),
    send: (message) => void child.send(message, () => {}), // who is gone is told by `ended`
  }
}

/** Milliseconds after its end in which what a program has written may still arrive. */
const lateOutput = 1000

// What it has left in its session would keep its output open, and run on; what has left the session as well is not waited for.
function endLeft({ pid, stdout, stderr }: ChildProcess): void {
  if (pid !== undefined && process.platform !== 'win32') killAll([-pid])
  setTimeout(() => {
    stdout?.destroy()
    stderr?.destroy()
  }, lateOutput).unref()
}

/** A command line as one would type it in a POSIX shell. */
export function quote(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ')
}

function describeEnd(result: RunResult): string {
  return result.signal === undefined ? `status ${result.exitCode}` : `signal ${result.signal}`
}
