import type { Running } from '../base/run.js'
import type { BootRecipe, DiskFormat } from '../targets/lib/recipe.js'
import type { FirmwareText } from './firmware-text.js'

/** What a person may choose about a run; everything else is the recipe's. */
export interface MachineOptions {
  /** MiB. */
  readonly memory: number
  readonly ports: readonly PortForward[]
  readonly accel: 'auto' | 'tcg' | 'kvm'
  /** Arguments of the app. */
  readonly args: readonly string[]
  /** Environment that overrides what the artefact carries. */
  readonly env: Readonly<Record<string, string>>
  /** Words added to the kernel command line (`trace=sys`). */
  readonly kernelWords: readonly string[]
  /** Further disks, for which the recipe names a controller. The guest writes into them. */
  readonly disks?: readonly ExtraDisk[]
  /** CPU model of the emulator; default `max`. */
  readonly cpu?: string
  /** Further arguments of the emulator, for tests that need another machine. */
  readonly emulatorArgs?: readonly string[]
}

export interface PortForward {
  /** On 127.0.0.1. */
  readonly host: number
  readonly guest: number
}

export interface ExtraDisk {
  readonly file: string
  readonly format: DiskFormat
}

/** Something that runs: an emulator, a process, a container. */
export interface Machine {
  readonly process: Running
  /** What repeats this run, as argv. */
  readonly commandLine: readonly string[]
  /** serial: one console, with the kernel's records, whose last one is the exit status; process: stdout, stderr and the status itself. */
  readonly speaks: 'serial' | 'process'
  /** What here is not as on the platform, in one sentence, where a person should know. */
  readonly note?: string | undefined
  /** Undefined: the firmware writes nothing to the console. */
  readonly firmware?: FirmwareText | undefined
  /** The platform's own ways: Ctrl-C on its console, its shutdown signal. */
  interrupt(): void
  shutdown(): Promise<void>
  /** Any other signal; absent where the platform has no way to send one. */
  signal?(name: NodeJS.Signals): void
  /** No more input will come. */
  endInput(): void
  /** Ends it at once. */
  kill(): void
  /** Called once, after the end. */
  cleanUp(): void
}

/** What a package manager can give a host. */
export type Need = { readonly debianPackage: string } | { readonly npmPackage: string }

/** boot/machines/<kind>.ts: one a kind of recipe. */
export interface MachineKind<R extends BootRecipe = BootRecipe> {
  readonly name: R['kind']
  /** Port that the app listens on inside: the image's own, or, without a network of its own, the host's. */
  readonly sharesHostPorts: boolean
  /** What `start` takes of the host for this recipe, beyond Node.js and what every Debian system has (its essential packages). */
  needs(recipe: R): readonly Need[]
  start(recipe: R, options: MachineOptions): Promise<Machine>
}
