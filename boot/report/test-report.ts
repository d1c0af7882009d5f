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
  /** Guest instructions, kernel entry to the first response, where the machine counts them. */
  readonly instructions: number | undefined
  readonly tests: readonly TestResult[]
  /** Of the first start, without the kernel's records. */
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
