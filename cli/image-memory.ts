import type { RootfsEntry } from '../targets/formats/entry.js'

const MiB = 1 << 20
/** Kernel, page tables, network buffers and a small app's heap: what an image needs beside its files, measured by `npm run bench`. */
const base = 4 * MiB

/** What each further app takes: a runtime and a context, 230 KiB of them, and a small app's heap. */
const perApp = MiB / 2

/**
 * The least memory, in MiB, in which an image with these files starts: they lie in memory as they are, once. `zeroed` is what the
 * program wants beside them (.bss): the kernel, as Linux, refuses more at once than the machine has.
 */
export function imageMemory(rootfs: readonly RootfsEntry[], apps = 1, zeroed = 0): number {
  const files = rootfs.reduce((sum, entry) => sum + (entry.data?.length ?? 0), 0)
  return Math.ceil((base + files + zeroed + perApp * Math.max(0, apps - 1)) / MiB)
}
