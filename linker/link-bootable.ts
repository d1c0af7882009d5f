import type { Image, LinkInput, Parts } from './image.js'
import { link } from './link.js'
import { describeObject, type SectionDescription, type SymbolDescription } from './object-writer.js'

export interface Bootable {
  /** Objects and archives of the kernel, drivers included, in link order. */
  readonly kernel: readonly LinkInput[]
  readonly vdso: readonly LinkInput[]
  /** Names of the drivers to link: `virtio-net`. */
  readonly drivers: readonly string[]
  /** Names of files in kernel/calls whose system calls to link: `xattr`. */
  readonly calls?: readonly string[]
  /**
   * Entries by other boot protocols than PVH, which nothing in the kernel refers to: `efi_start`, `linux_start64`. The
   * latter becomes the ELF's entry, as loaders of Linux' vmlinux take it, which know PVH by its note.
   */
  readonly entries?: readonly string[]
  /** The file system that holds the app: a newc cpio. */
  readonly rootfs: Parts
  /** What the kernel takes when the loader gives no command line. */
  readonly commandLine: string
}

const PAGE = 4096

/** One file that a PVH loader boots: the kernel, its drivers, the vDSO that it shows to the app, and the root file system. */
export function linkBootable(bootable: Bootable): Image {
  const vdso = linkVdso(bootable.vdso)
  const contents = embed([
    // Mapped into the app as it is, so on pages of its own.
    { name: 'vdso', section: '.vdso', align: PAGE, data: [filledToPage(vdso.bytes)] },
    { name: 'rootfs', section: '.rootfs', align: PAGE, data: bootable.rootfs },
  ])
  const commandLine = { name: 'boot_default_command_line', section: '.rodata.command_line' }
  const object = describeObject('bootable.o', {
    sections: [
      ...contents.sections,
      { name: commandLine.section, contents: Buffer.from(`${bootable.commandLine}\0`) },
    ],
    symbols: [...contents.symbols, commandLine],
  })
  const roots = [
    ...bootable.drivers.map((name) => `unik_driver_${name.replaceAll('-', '_')}`),
    ...(bootable.calls ?? []).map((name) => `unik_calls_${name.replaceAll('-', '_')}`),
  ]
  const entries = bootable.entries ?? []
  const entry = entries.includes('linux_start64') ? 'linux_start64' : 'pvh_start32'
  return link([object, ...bootable.kernel], { output: 'kernel', entry, roots: [...roots, ...entries] })
}

/** By the name and version under which C libraries look for it. */
export function linkVdso(inputs: readonly LinkInput[]): Image {
  return link(inputs, { output: 'shared', soname: 'linux-vdso.so.1', version: 'LINUX_2.6' })
}

interface Embedded {
  /** Its bounds become `<name>_start` and `<name>_end`. */
  readonly name: string
  readonly section: string
  readonly align: number
  readonly data: Parts
}

function embed(parts: readonly Embedded[]): { sections: SectionDescription[]; symbols: SymbolDescription[] } {
  const sections = parts.map(({ section, align, data }) => ({ name: section, contents: data, align }))
  const symbols = parts.flatMap(({ name, section, data }) => {
    const size = data.reduce((sum, { length }) => sum + length, 0)
    return [
      { name: `${name}_start`, section, size, type: 'object' as const },
      { name: `${name}_end`, section, offset: size },
    ]
  })
  return { sections, symbols }
}

/** The rest of its last page is shown to the app too: it must hold nothing of the kernel's. */
function filledToPage(bytes: Uint8Array): Uint8Array {
  const filled = new Uint8Array(Math.ceil(bytes.length / PAGE) * PAGE)
  filled.set(bytes)
  return filled
}
