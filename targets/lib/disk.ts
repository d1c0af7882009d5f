import { join } from 'node:path'
import type { Image } from '../../linker/image.js'
import { type Bytes, contentOf } from '../formats/content.js'
import { type Gpt, partitionTypes, sectorSize, tableSectors, writeGpt } from '../formats/gpt.js'
import { guidFrom } from '../formats/guid.js'
import type { Pieces } from '../formats/pieces.js'
import {
  movedTo,
  type Piece,
  type SparseImage,
  sparseImage,
  writeSparseImage,
} from '../formats/sparse-image.js'
import { storedParts } from '../formats/stored-parts.js'
import type { Build, BuildFacts, Written } from './target.js'
import { efiPath, efiVolume } from './volume.js'

/** A disk that BIOS and UEFI start, whatever file format then holds it. */
export interface BootDisk {
  readonly image: SparseImage
  /** For its symbols. */
  readonly kernel: Image
}

const KiB = 1024
const MiB = 1024 * KiB
const GiB = 1024 * MiB

/** Up to here the root file system is part of the kernel's file; beyond, the kernel reads from a partition what is needed. */
const largestInside = 8 * MiB
/** FAT32, which UEFI asks of a fixed disk, begins a little above 32 MiB. */
const smallestEfi = 64 * MiB

/**
 * A disk with a GUID partition table: boot code for BIOS, the EFI system partition, and for a large root file system a
 * partition of its own. Its size is a whole number of GiB, which every cloud takes; what is not used is zero.
 */
export function bootDisk(build: Build, drivers: readonly string[]): BootDisk {
  const known = made.get(build) ?? new Map<readonly string[], BootDisk>()
  made.set(build, known)
  const disk = known.get(drivers) ?? makeBootDisk(build, drivers)
  known.set(drivers, disk)
  return disk
}

/** Several rows of one build hold the same disk. */
const made = new WeakMap<Build, Map<readonly string[], BootDisk>>()

function makeBootDisk(build: Build, drivers: readonly string[]): BootDisk {
  const archive = contentOf(build.archive())
  const root = isRootOutside(build) ? { length: archive.length, id: guidFrom('root', archive) } : undefined
  const boot = build.bootFile(
    drivers,
    root === undefined ? {} : { root: `PARTUUID=${root.id.toLowerCase()}` },
  )
  const { bytes } = boot.file
  const efiSize = Math.max(smallestEfi, alignUp(bytes.length + 4 * MiB, MiB))
  const rootAt = MiB + efiSize
  const end = rootAt + alignUp(root?.length ?? 0, 4 * KiB)
  const size = alignUp(end + tableSectors.end * sectorSize, GiB)
  const fixed = { type: 32, bytes: efiSize } as const
  const volume = efiVolume(build, boot, { fixed, hiddenSectors: MiB / sectorSize })
  const partition = (type: string, id: string, name: string, from: number, to: number) => ({
    ...{ type, id, name },
    ...{ first: from / sectorSize, last: to / sectorSize - 1 },
  })
  const gpt: Gpt = {
    diskId: guidFrom('disk', bytes, archive),
    partitions: [
      partition(partitionTypes.efiSystem, guidFrom('efi', bytes), 'EFI system', MiB, rootAt),
      ...(root === undefined ? [] : [partition(partitionTypes.linuxData, root.id, 'root', rootAt, end)]),
    ],
  }
  const bootCode = boot.file.bootSector((MiB + volume.locate(efiPath)) / sectorSize)
  const image = sparseImage(size, [
    ...writeGpt(gpt, size / sectorSize, bootCode),
    ...movedTo(MiB, volume.image),
    ...(root === undefined ? [] : piecesAt(rootAt, build.archive())),
  ])
  return { image, kernel: boot.kernel }
}

function piecesAt(offset: number, pieces: Pieces<Uint8Array>): Piece[] {
  let at = offset
  return pieces.map((data) => {
    at += data.length
    return { offset: at - data.length, data }
  })
}

/** What an image with such a disk needs: of a large root file system only what is read of it is in memory. */
export function diskMemory(build: Build): BuildFacts['memory'] {
  return isRootOutside(build) ? memoryWithRootOutside : build.memory
}

/** MiB: the kernel, a program's own memory, and room to keep what it has read of its files. */
const memoryWithRootOutside = { minimum: 8, default: 32 }

/** Writes an image as a file of the artefact. */
export function writeDisk(folder: string, file: string, image: SparseImage<Bytes>): NonNullable<Written> {
  writeSparseImage(join(folder, file), image)
  return { [file]: storedParts(image) }
}

/** Whether the kernel reads the root file system from the disk, so that it need not fit into memory. */
export function isRootOutside(build: Build): boolean {
  return contentOf(build.archive()).length > largestInside
}

function alignUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit
}
