import type { Route } from '../../base/route-table.js'
import type { BzImage } from '../../linker/bzimage.js'
import type { Image } from '../../linker/image.js'
import type { RootfsEntry } from '../formats/entry.js'
import type { Pieces } from '../formats/pieces.js'
import type { StoredParts } from '../formats/stored-parts.js'
import type { Options, OptionValues } from './option.js'
import type { BootRecipe, Way } from './recipe.js'

/** The first column of the build-target table, in its order. */
export const layers = [
  'OS image',
  'VM image',
  'OS package',
  'OS-level container',
  'language runtime',
  'language VM',
  'static linking',
  'browser',
  'PaaS',
] as const
export type Layer = (typeof layers)[number]

/** How far a row's proof reaches. */
export type Proof =
  | "booted on the platform's own hardware model"
  | 'booted on stand-in hardware'
  | 'device model'
  | 'format read by a foreign reader'
  /** Rows that are no machines. */
  | 'run as what it is'
  /** The same, where something that the platform has only itself is stood in for. */
  | 'run on a stand-in of its platform'

/** One row of the table: a file of this kind in targets/ is all that a new row needs. */
export interface Target<O extends Options = Options> {
  /** kebab-case, equal to the file name. */
  readonly name: string
  readonly layer: Layer
  /** One line. */
  readonly summary: string
  /** Names of the formats, as their platforms call them. */
  readonly artefact: string
  /** What starts or runs it. */
  readonly platform: string
  /** The row's build-target set: what else would be a build each, and is served by the one artefact. */
  readonly varies: readonly string[]
  /** `elf` rows hold the app ELF byte for byte, `bundle` rows the bundled JavaScript. */
  readonly carries: 'elf' | 'bundle'
  readonly proof: Proof
  /** A row of bundles that holds several apps as well as one. Rows of the app ELF do anyway. */
  readonly holdsSeveral?: boolean
  /** What `unik.config.ts` may say of this row below `options`, and --option. */
  readonly options?: O
  /** What this row's image needs where it is not what the build's root file system says, all of it in memory. */
  memory?(build: Build): BuildFacts['memory']
  /** Writes the artefact's files into an empty folder. Returns what is not zero in images with large holes. */
  write(build: Build, folder: string, options: OptionValues<O>): Written | Promise<Written>
  /** How the platform would start what `write` wrote, or in which ways, the usual one first; paths are below `folder`. */
  recipe(build: BuildFacts, folder: string): BootRecipe | readonly Way[]
}

/** By path below the artefact's folder. */
// biome-ignore lint/suspicious/noConfusingVoidType: most targets have nothing to return
export type Written = Readonly<Record<string, StoredParts>> | void

/** What every artefact tells of itself, also in its `unik.json`. */
export interface BuildFacts {
  readonly name: string
  /** Port the app listens on (PORT of the default environment), for -p; undefined: it has no server. */
  readonly port: number | undefined
  /** Every port that it listens on, `port` first. */
  readonly ports: readonly number[]
  /** Of several apps: which requests are whose. */
  readonly apps?: readonly { readonly name: string; readonly route: Route }[]
  /** MiB the image needs, and what it gets when nobody says otherwise. */
  readonly memory: { readonly minimum: number; readonly default: number }
}

/** Whether only root, or who is given the right, may listen there. */
export function hasLowPort({ ports }: BuildFacts): boolean {
  return ports.some((port) => port < 1024)
}

/** What packages and catalogues tell of the app. */
export interface About {
  /** As in package.json (semver). */
  readonly version: string
  /** One line. */
  readonly description: string
  /** SPDX expression, or UNLICENSED. */
  readonly licence: string
  /** `Name <address>`. */
  readonly maintainer: string
  readonly homepage: string | undefined
}

/** One of several apps, for rows of bundles: each field as in `Build`. */
export interface HostedApp extends Pick<Build, 'name' | 'assets' | 'sourceMap' | 'env'> {
  readonly bundle: Uint8Array
  readonly route: Route
}

/** What a target is made from: one app, or several, linked once. What a target takes of it is noted as held by the artefact (SBOM, notices). */
export interface Build extends BuildFacts {
  readonly about: About
  /** The app ELF; absent for `--rootfs` images. */
  readonly elf: Image | undefined
  /** Several apps in one artefact; with one there is none here but `bundle` and what goes with it. */
  readonly apps: readonly HostedApp[]
  readonly bundle: Uint8Array | undefined
  /** What the bundle imports: modules of Node.js, by their names with `node:`. */
  readonly imports: readonly string[]
  /** Files that the app reads below /app; inside the app ELF, beside the bundle. Paths are relative to there. */
  readonly assets: readonly RootfsEntry[]
  /** Source map of the bundle: written beside the artefact, never into it. */
  readonly sourceMap: Uint8Array | undefined
  /** What stands in the root file system, the app ELF at /init. */
  readonly rootfs: readonly RootfsEntry[]
  /** Licence texts of what the target carries, and of what it has taken of the build so far: kernels first, then their notices. */
  readonly notices: Uint8Array
  /** Environment that the artefact carries, for formats that state it themselves. */
  readonly env: Readonly<Record<string, string>>
  /**
   * Kernel, these drivers, rootfs: one loadable ELF, to be started by PVH; with `linux` its entry is that of Linux's 64-bit boot
   * protocol. The same drivers give the same image.
   */
  bootable(drivers: readonly string[], options?: { readonly linux?: boolean }): Image
  /**
   * The same for loaders that know Linux's boot protocol, UEFI, or nothing but sectors. With `root` the root file system is
   * not inside: the kernel reads it from that partition (`PARTUUID=…`), which holds `archive()`.
   */
  bootFile(drivers: readonly string[], options?: { readonly root?: string }): BootFile
  /** The root file system as one newc cpio, large files by reference. */
  archive(): Pieces<Uint8Array>
  /** A module of targets/hosts, compiled: what a JavaScript host lacks beside the bundle. */
  standIn(name: string): Uint8Array
}

export interface BootFile {
  readonly file: BzImage
  /** What the file was made from, for its symbols. */
  readonly kernel: Image
}
