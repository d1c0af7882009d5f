import type { ByteSource } from '../../targets/formats/byte-source.js'
import { bytesOf } from '../../targets/formats/content.js'
import { readQcow2, writeQcow2 } from '../../targets/formats/qcow2.js'
import { type SparseImage, sparseImage } from '../../targets/formats/sparse-image.js'
import { readVdi, writeVdi } from '../../targets/formats/vdi.js'
import { readVhd, writeDynamicVhd, writeFixedVhd } from '../../targets/formats/vhd.js'
import { readVhdx, writeVhdx } from '../../targets/formats/vhdx.js'
import { readVmdk, writeSparseVmdk, writeStreamVmdk } from '../../targets/formats/vmdk.js'
import type { DiskFormat } from '../../targets/lib/recipe.js'

/** A format that holds a disk: ours, and what QEMU calls it. */
export interface VirtualDiskFormat {
  readonly write: (disk: SparseImage) => SparseImage
  readonly read: (source: ByteSource) => ByteSource
  readonly qemu: DiskFormat
  /** Options of `qemu-img convert` that make the same kind. */
  readonly options?: string
}

export const virtualDiskFormats: Readonly<Record<string, VirtualDiskFormat>> = {
  qcow2: { write: writeQcow2, read: readQcow2, qemu: 'qcow2' },
  vdi: { write: writeVdi, read: readVdi, qemu: 'vdi' },
  'fixed-vhd': { write: writeFixedVhd, read: readVhd, qemu: 'vpc', options: 'subformat=fixed,force_size=on' },
  'dynamic-vhd': { write: writeDynamicVhd, read: readVhd, qemu: 'vpc', options: 'force_size=on' },
  vhdx: { write: writeVhdx, read: readVhdx, qemu: 'vhdx' },
  'stream-vmdk': {
    write: (disk) => inOnePiece(bytesOf(writeStreamVmdk(disk, 'disk'))),
    read: readVmdk,
    qemu: 'vmdk',
    options: 'subformat=streamOptimized',
  },
  'sparse-vmdk': { write: (disk) => writeSparseVmdk(disk, 'disk'), read: readVmdk, qemu: 'vmdk' },
}

/** First and last sector, stretches across the borders of every format's blocks, zeros that are stored, and noise. */
export function sampleDisk(size: number): SparseImage {
  const noise = (length: number, seed: number) =>
    Uint8Array.from({ length }, (_, at) => Math.imul(at + seed, 2654435761) >>> 24)
  const MiB = 1 << 20
  return sparseImage(size, [
    { offset: 0, data: noise(512, 1) },
    { offset: 65_536 - 100, data: noise(1000, 2) },
    { offset: MiB - 512, data: noise(70_000, 3) },
    { offset: 2 * MiB, data: new Uint8Array(300_000) },
    { offset: size / 2 - 3 * 512, data: noise(5 * 512, 4) },
    { offset: size - 512, data: noise(512, 5) },
  ])
}

function inOnePiece(data: Uint8Array): SparseImage {
  return sparseImage(data.length, [{ offset: 0, data }])
}
