import type { Layer, Proof } from '../../targets/lib/target.js'
import type { ConsoleLine } from '../console.js'
import type { Phase } from '../timeline.js'

/** How a row ended: as the worst of its runs, of which a panic is the worst, then one that did not start, hung, failed, was skipped. */
export type RowStatus = 'passed' | 'failed' | 'hung' | 'panicked' | 'did not start' | 'skipped'

/** What `unik test` found, over all rows, in the order of the table whatever order they ran in. */
export interface TestReport {
  readonly app: string
  /** Absent for `--rootfs` images. */
  readonly appSha256: string | undefined
  readonly bundleSha256: string | undefined
  readonly rows: readonly TestRow[]
  /** Wall-clock time of the whole, building included. */
  readonly milliseconds: number
  /** Ctrl-C ended it: rows that had not run, or not to their end, are `skipped`. */
  readonly interrupted: boolean
  /** When it ended: ISO 8601, in UTC; absent where nobody says. */
  readonly endedAt?: string | undefined
  /** Key figures of the reports before this one, oldest first (history.ts). */
  readonly history?: readonly PastReport[]
  /** What `--budget` found; absent without one (budget.ts). */
  readonly budget?: BudgetResult | undefined
}

/** What later reports remember of one. */
export interface PastReport {
  readonly endedAt: string | undefined
  readonly appSha256: string | undefined
  /** By target. */
  readonly rows: Readonly<Record<string, RowFigures>>
}

/** A row in numbers: what a budget limits, and what history shows. */
export interface RowFigures extends Partial<Readonly<Record<Figure, number | undefined>>> {
  readonly status: RowStatus
  /** Figures above the budget of their run: later runs are not compared with them. */
  readonly exceeded?: readonly Figure[]
}

/** `instructions`: guest instructions of the row's first run that counted them. */
export type Figure = 'size' | 'firstOutputMs' | 'firstResponseMs' | 'instructions'

export interface BudgetResult {
  /** How many limits were compared with a measured figure. */
  readonly checked: number
  readonly violations: readonly Violation[]
  /** Limits of rows that passed, or of rows named in the budget, which there was nothing to compare with. */
  readonly unchecked: readonly UncheckedLimit[]
}

/** A figure above its limit; `measured` undefined: the budget names the row, which passed without being measured. */
export interface Violation {
  readonly target: string
  readonly what: Figure
  readonly measured: number | undefined
  /** In the figure's own unit: bytes, milliseconds, instructions. */
  readonly limit: number
  /** As the budget says it: `1.2 MiB`, `+10%`. */
  readonly rule: string
  /** What a relative limit was relative to. */
  readonly earlier: number | undefined
}

export interface UncheckedLimit {
  readonly target: string
  readonly what: Figure
  readonly rule: string
  readonly why: string
}

/** One row of the build-target table. */
export interface TestRow {
  readonly target: string
  readonly layer: Layer
  readonly carries: 'elf' | 'bundle'
  readonly proof: Proof
  readonly status: RowStatus
  /** One sentence, unless it passed: what failed, or which package would let it run. */
  readonly why: string | undefined
  /** Bytes that the artefact's largest file takes on disk. */
  readonly size: number
  readonly appSha256: string | undefined
  /** Of the platform's first way to start it. */
  readonly firstOutputMs: number | undefined
  readonly firstResponseMs: number | undefined
  /** Each way in which the platform starts this artefact (firmware, generation, archive), in the target's order. */
  readonly runs: readonly TestRun[]
}

/** One artefact, started in one way, under the whole suite. */
export interface TestRun {
  /** `BIOS`, `UEFI`, `generation 2`; empty where there is but one way. */
  readonly name: string
  readonly status: RowStatus
  readonly why: string | undefined
  readonly firstOutputMs: number | undefined
  readonly firstResponseMs: number | undefined
  /** Guest instructions, kernel entry to the first response or a script's first output, where they were counted. */
  readonly instructions: number | undefined
  readonly tests: readonly TestResult[]
  /** Of the first start, or of all where it did not pass; without the kernel's records. */
  readonly console: readonly ConsoleLine[]
  /** Phases of the boot; empty for what is no machine. */
  readonly timeline: readonly Phase[]
  /** What is known beyond `why`: the kernel's backtrace with names, the error output of what broke. */
  readonly explanation: string | undefined
  /** Repeats the run, as typed into a shell. */
  readonly repeat: string
  /** The machine's own command line, which repeats its first start; undefined: it came to none. */
  readonly commandLine: string | undefined
}

export interface TestResult {
  /** With the names of the groups that it stands in. */
  readonly title: string
  readonly status: 'passed' | 'failed' | 'skipped'
  readonly milliseconds: number
  /** Message, and the stack in the test file's own lines. */
  readonly failure: string | undefined
}
