import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadFolder } from '../base/folder-registry.js'
import { UserError } from '../base/user-error.js'
import type { BootRecipe } from '../targets/lib/recipe.js'
import { type ConsoleLine, type ConsoleRecord, createConsole, createLineLog } from './console.js'
import { createFirmwareFilter } from './firmware-text.js'
import type { Machine, MachineKind, MachineOptions, Need } from './machine.js'
import { type Ending, judge, type Verdict } from './verdict.js'

export interface BootOptions extends MachineOptions {
  /** Seconds after which a run that has neither written nor listened is ended; 0: never. */
  readonly timeout: number
  /** What the guest writes, as it comes, without the kernel's records. */
  readonly onText?: (text: string, stream: 'out' | 'err') => void
  /** The kernel's records, as they come. */
  readonly onRecord?: (record: ConsoleRecord) => void
}

/** A guest on its way: started by `boot`, over when `ended` resolves. */
export interface Guest {
  readonly commandLine: readonly string[]
  readonly ports: MachineOptions['ports']
  /** Of the emulator or the process. */
  readonly pid: number | undefined
  /** performance.now() at the start of the process. */
  readonly startedAt: number
  readonly ended: Promise<BootReport>
  /** What is not as on the platform. */
  readonly note: string | undefined
  /** Everything written so far, by line. */
  lines(): readonly ConsoleLine[]
  /** Milliseconds from the start to the first byte written, or undefined. */
  firstOutputMs(): number | undefined
  /** Bytes for the app's standard input. */
  write(data: string | Uint8Array): void
  /** No more input will come. */
  endInput(): void
  interrupt(): void
  shutdown(): Promise<void>
  /** SIGTERM is the platform's shutdown, SIGINT its Ctrl-C, SIGKILL its power; any other only where it can be sent. */
  signal(name: NodeJS.Signals): Promise<void>
  /** Ends it at once; the report says who did it only by the verdict `killed`. */
  kill(): void
}

export interface BootReport {
  readonly verdict: Verdict
  /** What the shell shall see: the app's own status, 123 out of memory, 124 hung, 125 our own failure, 134 kernel panic. */
  readonly status: number
  /** Value of the kernel's panic record, for symbolize.ts. */
  readonly panic: string | undefined
  readonly lines: readonly ConsoleLine[]
  readonly firstOutputMs: number | undefined
  readonly commandLine: readonly string[]
}

/** Starts what a recipe describes and watches it to its end. */
export async function boot(recipe: BootRecipe, options: BootOptions): Promise<Guest> {
  const kind = await machineKind(recipe.kind)
  return watch(await kind.start(recipe, options), options)
}

/** Whether the app listens on the host's own ports there (a process), or on its own behind forwards (a machine). */
export async function sharesHostPorts(recipe: BootRecipe): Promise<boolean> {
  return (await machineKind(recipe.kind)).sharesHostPorts
}

/** What starting it takes of the host. */
export async function needsOf(recipe: BootRecipe): Promise<readonly Need[]> {
  return (await machineKind(recipe.kind)).needs(recipe)
}

function watch(machine: Machine, options: BootOptions): Guest {
  const { startedAt } = machine.process
  const clock = () => performance.now() - startedAt
  const log = createLineLog(clock)
  const ending: Ending = { exitRecord: undefined, panic: undefined, hung: false, killed: false }
  let firstOutputMs: number | undefined
  let alive = false

  const onText = (text: string, stream: 'out' | 'err') => {
    firstOutputMs ??= clock()
    alive = true
    log.push(text)
    options.onText?.(text, stream)
  }
  const console = createConsole(
    (text) => onText(text, 'out'),
    (record) => {
      const { key, value } = record
      options.onRecord?.(record)
      if (key === 'exit') ending.exitRecord = Number(value)
      if (key === 'panic') ending.panic = value
      if (key === 'listen') alive = true
    },
  )
  const firmware = createFirmwareFilter(machine.firmware, console.push, () => {
    ending.notStarted = true
    machine.kill()
  })
  const decoder = new TextDecoder()
  machine.process.stdout.on('data', (data: Buffer) => {
    if (machine.speaks === 'serial') firmware.push(decoder.decode(data, { stream: true }))
    else onText(data.toString(), 'out')
  })
  machine.process.stderr.on('data', (data: Buffer) => onText(data.toString(), 'err'))
  machine.process.stdin.on('error', () => {}) // the guest is gone: `ended` tells

  const watchdog = startWatchdog(options.timeout, () => {
    if (alive) return
    ending.hung = true
    machine.kill()
  })
  const ended = machine.process.ended.then((result): BootReport => {
    clearTimeout(watchdog)
    firmware.end()
    console.end()
    machine.cleanUp()
    const verdict = judge(machine.speaks, ending, result)
    return {
      ...verdict,
      panic: ending.panic,
      lines: log.lines(),
      firstOutputMs,
      commandLine: machine.commandLine,
    }
  })
  const kill = () => {
    ending.killed = true
    machine.kill()
  }
  return {
    commandLine: machine.commandLine,
    ports: options.ports,
    pid: machine.process.pid,
    startedAt,
    ended,
    note: machine.note,
    lines: () => log.lines(),
    firstOutputMs: () => firstOutputMs,
    write: (data) => void machine.process.stdin.write(data),
    endInput: machine.endInput,
    interrupt: machine.interrupt,
    shutdown: machine.shutdown,
    signal: (name) => send(machine, name, kill),
    kill,
  }
}

async function send(machine: Machine, name: NodeJS.Signals, kill: () => void): Promise<void> {
  if (name === 'SIGTERM') await machine.shutdown()
  else if (name === 'SIGINT') machine.interrupt()
  else if (name === 'SIGKILL') kill()
  else if (machine.signal !== undefined) machine.signal(name)
  else
    throw new UserError(`${name} cannot be sent to a machine`, {
      hint: 'SIGTERM is its power button, SIGINT is Ctrl-C on its console, SIGKILL takes its power',
    })
}

function startWatchdog(seconds: number, bark: () => void): NodeJS.Timeout | undefined {
  return seconds === 0 ? undefined : setTimeout(bark, seconds * 1000)
}

async function machineKind(name: BootRecipe['kind']): Promise<MachineKind> {
  const folder = join(dirname(fileURLToPath(import.meta.url)), 'machines')
  const found = (await loadFolder<MachineKind>(folder)).find((kind) => kind.name === name)
  if (found === undefined) throw new UserError(`no machine of kind ${name}`, { status: 125 })
  return found
}
