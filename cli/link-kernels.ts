import { makeBzImage } from '../linker/bzimage.js'
import type { Image } from '../linker/image.js'
import { linkBootable } from '../linker/link-bootable.js'
import { cpioPieces } from '../targets/formats/cpio.js'
import type { RootfsEntry } from '../targets/formats/entry.js'
import type { BootFile, Build } from '../targets/lib/target.js'
import { kernelRuntime, loaderRuntime } from './runtime.js'

/**
 * The kernels that the targets of one build ask for, around one root file system: each combination of drivers is linked once,
 * and only when somebody asks. `commandLine` is their default one, `calls` are the system calls that not every image has.
 */
export function linkKernels(
  rootfs: readonly RootfsEntry[],
  commandLine: string,
  calls: readonly string[] = [],
): Pick<Build, 'bootable' | 'bootFile' | 'archive'> {
  const archive = once(() => cpioPieces(rootfs))
  const link = (drivers: readonly string[], entries: readonly string[], root?: string): Image =>
    linkBootable({
      ...kernelRuntime(),
      drivers,
      calls,
      entries,
      rootfs: root === undefined ? archive() : [],
      commandLine: root === undefined ? commandLine : [`root=${root}`, commandLine].join(' ').trim(),
    })
  const images = new Map<string, Image>()
  const files = new Map<string, BootFile>()
  return {
    archive,
    bootable(drivers, { linux = false } = {}) {
      const entries = linux ? ['linux_start64'] : []
      return remembered(images, keyOf([...drivers, ...entries]), () => link(drivers, entries))
    },
    bootFile(drivers, { root } = {}) {
      return remembered(files, keyOf([...drivers, root ?? '']), () => {
        const kernel = link(drivers, everyEntry, root)
        return { kernel, file: makeBzImage(kernel, loaderRuntime()) }
      })
    },
  }
}

/** Linux's boot protocol, and UEFI. */
const everyEntry = ['linux_start64', 'efi_start']

function keyOf(words: readonly string[]): string {
  return [...words].sort().join()
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

function remembered<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key) ?? make()
  known.set(key, found)
  return found
}
