import type { Layer } from '../../targets/lib/target.js'
import type { BootReport, Guest } from '../boot.js'
import type { ConsoleRecord } from '../console.js'
import type { PortForward } from '../machine.js'

/** What one run is to find out: plain data, which goes to the process that runs it. */
export interface RunOrder {
  readonly target: string
  readonly layer: Layer
  readonly carries: 'elf' | 'bundle'
  /** Of the ways in which the platform starts the artefact; empty where there is but one. */
  readonly way: string
  /** Whether the app has an HTTP server; undefined: nobody knows, as of a program that somebody else made. */
  readonly serves: boolean | undefined
  /** Whether a kernel was asked for the boot timeline. */
  readonly traced: boolean
  /** Compiled test files; empty: the default suite. */
  readonly files: readonly string[]
  /** What the same app did as a process of this machine, for the default suite. */
  readonly reference: Reference | undefined
  /** Seconds that each wait may take: for the first answer, for a test's. */
  readonly timeout: number
}

export interface Reference {
  /** Lines that it wrote each time it ran; a server's until its first answer. */
  readonly lines: readonly string[]
  /** Whether it ended without being asked. */
  readonly endsByItself: boolean
  /** At its own end, else after SIGTERM. */
  readonly status: number
}

/** Starts the artefact once. What fails before there is a guest is thrown. */
export type StartApp = (watch: Watch) => Promise<Started>

export interface Watch {
  readonly onText: (text: string) => void
  readonly onRecord: (record: ConsoleRecord) => void
}

export interface Started {
  readonly guest: Guest
  readonly ports: readonly PortForward[]
  readonly ended: Promise<EndReport>
}

/** `explanation`: what there is to say of an end that was none of the app's own, in lines. */
export type EndReport = BootReport & { readonly explanation: string }
