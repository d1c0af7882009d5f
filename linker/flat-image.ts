import { UserError } from '../base/user-error.js'
import { fileHeader } from './elf/header.js'
import { PF, PT, programHeader } from './elf/program.js'
import type { Address, Image } from './image.js'
import { align, PAGE } from './layout-queries.js'

/** A kernel as it lies in memory, for loaders that copy one block: text, read-only data and root file system, data, cleared memory. */
export interface FlatImage {
  /** Address of the first byte; the kernel also runs at any other page below 4 GiB. */
  readonly base: Address
  /** What has to be copied, in whole pages. */
  readonly bytes: Uint8Array
  /** What it takes, cleared memory included. */
  readonly memorySize: number
  /** By kind of access, in order and without a gap. Offsets count from the base. */
  readonly parts: readonly FlatPart[]
}

export interface FlatPart {
  readonly access: 'execute' | 'read' | 'write'
  readonly offset: number
  /** In the file; the rest is cleared memory. */
  readonly fileSize: number
  readonly memorySize: number
}

/** `room`: what the buffer has before `bytes`, for a header. */
export function flattenKernel(image: Image, room = 0): FlatImage {
  const { programHeaders, programHeaderCount } = fileHeader.decode(image.bytes)
  const segments = Array.from({ length: programHeaderCount }, (_, i) =>
    programHeader.decode(image.bytes, programHeaders + i * programHeader.size),
  ).filter(({ type }) => type === PT.LOAD)
  const base = segments[0]?.physicalAddress ?? 0n
  const placed = segments.map((segment) => ({ ...segment, at: Number(segment.physicalAddress - base) }))
  const last = placed.at(-1)
  if (last === undefined) throw new UserError('a kernel without segments cannot be loaded')
  const bytes = new Uint8Array(room + align(last.at + last.fileSize, PAGE)).subarray(room)
  for (const { at, offset, fileSize } of placed)
    bytes.set(image.bytes.subarray(offset, offset + fileSize), at)
  const memorySize = align(last.at + last.memorySize, PAGE)
  return { base, bytes, memorySize, parts: partsOf(placed, bytes.length, memorySize) }
}

/** Neighbours of one kind are one part, which reaches to the next part's start. */
function partsOf(
  segments: readonly { at: number; flags: number }[],
  fileSize: number,
  memorySize: number,
): FlatPart[] {
  const starts = segments.map(({ at, flags }) => ({ offset: at, access: accessOf(flags) }))
  const firsts = starts.filter(({ access }, i) => access !== starts[i - 1]?.access)
  return firsts.map((part, i) => {
    const next = firsts[i + 1]?.offset
    return {
      ...part,
      fileSize: (next ?? fileSize) - part.offset,
      memorySize: (next ?? memorySize) - part.offset,
    }
  })
}

function accessOf(flags: number): FlatPart['access'] {
  if (flags & PF.W) return 'write'
  return flags & PF.X ? 'execute' : 'read'
}
