import type { ConsoleRecord } from './console.js'

/** One stretch of a boot, in milliseconds since the machine's reset. */
export interface Phase {
  readonly name: string
  readonly start: number
  readonly end: number
  /** How much of it the processor waited for something outside. */
  readonly idle: number
}

/** Who worked in the stretch that ends with the kernel's mark of that name (boot/mark.c), in words for people. */
const PHASES: Readonly<Record<string, string>> = {
  kernel: 'kernel: memory map, page tables',
  devices: 'kernel: devices',
  files: 'kernel: files',
  network: 'kernel: network',
  app: 'kernel: program',
  engine: 'engine',
  listen: 'app: until it listens',
  output: 'app: until its first output',
  request: 'until the first request',
  response: 'first request to first response',
}

interface Mark {
  readonly name: string
  readonly ticks: number
  readonly idle: number
}

/** Collects the kernel's records `clock` and `mark` of a boot with `trace=boot`. */
export function createTimeline() {
  let clock: { hz: number; entry: number; loader: number } | undefined
  const marks: Mark[] = []
  return {
    push({ key, value }: ConsoleRecord): void {
      if (key === 'clock') {
        const [hz = 0, entry = 0, loader = 0] = value.split(',').map(Number)
        if (hz > 0) clock = { hz, entry, loader }
      } else if (key === 'mark') {
        const [name = '', ticks, idle] = value.split(',')
        const mark = { name, ticks: Number(ticks), idle: Number(idle) }
        if (Number.isFinite(mark.ticks + mark.idle)) marks.push(mark) // else damaged on its way
      }
    },
    /** In order of time; empty when the kernel has told nothing yet. */
    phases(): readonly Phase[] {
      return clock === undefined ? [] : [...beforeTheKernel(clock), ...phasesOf(marks, clock)]
    },
    /** Whether the kernel has told of its first response: for a server nothing more will come. */
    answered: () => marks.some((mark) => mark.name === 'response'),
  }
}

type Clock = { readonly hz: number; readonly entry: number; readonly loader: number }

// A machine's time-stamp counter begins at 0 with its reset, so what it shows at the kernel's entry is the time until then.
function beforeTheKernel({ hz, entry, loader }: Clock): Phase[] {
  const ms = (ticks: number) => (ticks / hz) * 1000
  if (loader <= 0 || loader > entry) return [{ name: 'firmware', start: 0, end: ms(entry), idle: 0 }]
  return [
    { name: 'firmware', start: 0, end: ms(loader), idle: 0 },
    { name: 'loader', start: ms(loader), end: ms(entry), idle: 0 },
  ]
}

function phasesOf(marks: readonly Mark[], { hz, entry }: Clock): Phase[] {
  let last: Mark = { name: '', ticks: 0, idle: 0 }
  return marks.map((mark) => {
    const phase = {
      name: PHASES[mark.name] ?? mark.name,
      start: ((entry + last.ticks) / hz) * 1000,
      end: ((entry + mark.ticks) / hz) * 1000,
      idle: ((mark.idle - last.idle) / hz) * 1000,
    }
    last = mark
    return phase
  })
}

/** The timeline as lines of text: when each phase ended, what it took, how much of that was waiting, and a bar. */
export function timelineText(phases: readonly Phase[]): string {
  const width = Math.max(...phases.map((phase) => phase.name.length))
  const total = phases.at(-1)?.end ?? 0
  const columns = 32
  const lines = phases.map(({ name, start, end, idle }) => {
    const from = Math.round((start / total) * columns)
    const to = Math.max(from + 1, Math.round((end / total) * columns))
    const bar = ' '.repeat(Math.min(from, columns - 1)) + '#'.repeat(to - from)
    const waited = idle >= 0.05 ? `${milliseconds(idle)} waiting` : ''
    return [name.padEnd(width), milliseconds(end), milliseconds(end - start), waited.padStart(18), ` ${bar}`]
      .join(' ')
      .trimEnd()
  })
  return [`${'phase'.padEnd(width)} ${'at ms'.padStart(9)} ${'took ms'.padStart(9)}`, ...lines].join('\n')
}

function milliseconds(value: number): string {
  return value.toFixed(value < 10 ? 3 : 1).padStart(9)
}
