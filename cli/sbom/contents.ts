import type { Image } from '../../linker/image.js'
import type { Build, Target } from '../../targets/lib/target.js'

/** What an artefact holds: what its target took of the build. */
export interface Contents {
  /** The app ELF; of `--rootfs` builds, the files given. */
  readonly program: boolean
  readonly bundle: boolean
  readonly kernels: readonly Image[]
  /** Names of modules of targets/hosts. */
  readonly standIns: readonly string[]
}

/** A build before it is known which target takes what. */
export type Unwatched = Omit<Build, 'notices'>

/**
 * The same build, which notes what is taken of it, beside what its artefact carries in any case. Its notices are those of what
 * has been taken so far: kernels and second forms of the app come before the notices that tell of them.
 */
export function watchBuild(
  made: Unwatched,
  carries: Target['carries'],
  noticesOf: (contents: Contents) => Uint8Array,
): { readonly build: Build; readonly contents: Contents } {
  const kernels = new Set<Image>()
  const standIns = new Set<string>()
  const taken = { program: carries === 'elf', bundle: carries === 'bundle' }
  const contents: Contents = {
    get program() {
      return taken.program
    },
    get bundle() {
      return taken.bundle
    },
    get kernels() {
      return [...kernels]
    },
    get standIns() {
      return [...standIns].sort()
    },
  }
  const tookProgram = <T>(part: T): T => {
    taken.program = true
    return part
  }
  const build: Build = {
    ...made,
    get elf() {
      return tookProgram(made.elf)
    },
    get rootfs() {
      return tookProgram(made.rootfs)
    },
    get bundle() {
      taken.bundle = true
      return made.bundle
    },
    get notices() {
      return noticesOf(contents)
    },
    archive: () => tookProgram(made.archive()),
    standIn(name) {
      standIns.add(name)
      return made.standIn(name)
    },
    bootable(drivers, options) {
      const kernel = tookProgram(made.bootable(drivers, options))
      kernels.add(kernel)
      return kernel
    },
    bootFile(drivers, options) {
      const file = tookProgram(made.bootFile(drivers, options))
      kernels.add(file.kernel)
      return file
    },
  }
  return { build, contents }
}
