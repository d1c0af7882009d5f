import { inflateSync } from 'node:zlib'
import { zlibSync } from 'fflate'
import { viewOf } from '../../base/struct.js'
import { type Block, blockedSource, joinBlock, usedBlocks } from './blocks.js'
import { type ByteSource, bytesSource, readWithin, sourcePart } from './byte-source.js'
import { type Content, keepContent } from './content.js'
import { damaged, explained } from './damaged.js'
import { level } from './deflate.js'
import { diskId } from './disk-id.js'
import { movedTo, type Piece, type SparseImage, sparseImage } from './sparse-image.js'
import {
  type CreateType,
  deflated,
  descriptorPlace,
  directoryAtEnd,
  flags,
  grainHeader,
  grainSectors,
  grainSize,
  header,
  lineEnds,
  magic,
  marker,
  markerTypes,
  sector,
  tableEntries,
  tableSectors,
  writeDescriptor,
} from './vmdk-structures.js'

/** The compressed form that OVF packages hold: written, and read, from one end to the other. `file` is its name. */
export function writeStreamVmdk(disk: SparseImage, file: string): Content {
  return keepContent(streamParts(disk, file))
}

function* streamParts(disk: SparseImage, file: string): Generator<Uint8Array> {
  let at = 0 // sectors
  function* sectors(data: Uint8Array, count = Math.ceil(data.length / sector)): Generator<Uint8Array> {
    yield data
    yield new Uint8Array(count * sector - data.length)
    at += count
  }
  yield* sectors(writeHeader(disk, streamForm, directoryAtEnd), descriptorPlace.offset)
  yield* sectors(diskDescriptor('streamOptimized', file, disk), grainSectors - descriptorPlace.offset)
  const directory = new Uint32Array(alignUp(tableCount(disk), sector / 4))
  for (const [table, grains] of byTable(usedBlocks(disk, grainSize))) {
    const rows = new Uint32Array(tableEntries)
    for (const grain of grains) {
      rows[grain.index % tableEntries] = at
      yield* sectors(compressedGrain(grain))
    }
    yield* sectors(writeMarker(markerTypes.table, tableSectors))
    directory[table] = at
    yield* sectors(bytesOf(rows))
  }
  yield* sectors(writeMarker(markerTypes.directory, (directory.length * 4) / sector))
  const directoryAt = at
  yield* sectors(bytesOf(directory))
  yield* sectors(writeMarker(markerTypes.footer, 1))
  yield* sectors(writeHeader(disk, streamForm, BigInt(directoryAt)))
  yield* sectors(writeMarker(markerTypes.end, 0))
}

/** The form that a running machine writes to: grains as they are, directory and tables twice, before them. */
export function writeSparseVmdk(disk: SparseImage, file: string): SparseImage {
  const tables = tableCount(disk)
  const directorySectors = Math.ceil((tables * 4) / sector)
  const redundantAt = descriptorPlace.offset + descriptorPlace.sectors
  const directoryAt = redundantAt + directorySectors + tables * tableSectors
  const overhead = alignUp(directoryAt + directorySectors + tables * tableSectors, grainSectors)
  const grains = usedBlocks(disk, grainSize)
  const rows = new Uint32Array(tables * tableEntries)
  grains.forEach(({ index }, at) => {
    rows[index] = overhead + at * grainSectors
  })
  const copy = (at: number): Piece[] => {
    const first = at + directorySectors
    const directory = Uint32Array.from({ length: tables }, (_, table) => first + table * tableSectors)
    return [
      { offset: at * sector, data: bytesOf(directory) },
      { offset: first * sector, data: bytesOf(rows) },
    ]
  }
  const form = { ...sparseForm, redundantDirectory: redundantAt, overhead }
  return sparseImage((overhead + grains.length * grainSectors) * sector, [
    { offset: 0, data: writeHeader(disk, form, BigInt(directoryAt)) },
    { offset: descriptorPlace.offset * sector, data: diskDescriptor('monolithicSparse', file, disk) },
    ...copy(redundantAt),
    ...copy(directoryAt),
    ...grains.flatMap(({ pieces }, at) =>
      movedTo(overhead * sector + at * grainSize, { size: grainSize, pieces }),
    ),
  ])
}

type Form = Pick<
  Parameters<typeof header.encode>[0],
  'version' | 'flags' | 'redundantDirectory' | 'overhead' | 'compression'
>
/** ESXi refuses streams of version 1. */
const streamForm: Form = {
  version: 3,
  flags: flags.lineEnds | flags.compressed | flags.markers,
  ...{ redundantDirectory: 0, overhead: grainSectors, compression: deflated },
}
const sparseForm = { version: 1, flags: flags.lineEnds | flags.redundantDirectory, compression: 0 }

function writeHeader(disk: SparseImage, form: Form, directory: bigint): Uint8Array {
  return header.encode({
    ...{ magic, capacity: disk.size / sector, grainSize: grainSectors, tableEntries, unclean: 0, lineEnds },
    ...{ descriptorOffset: descriptorPlace.offset, descriptorSize: descriptorPlace.sectors },
    ...form,
    directory,
  })
}

function diskDescriptor(type: CreateType, file: string, disk: SparseImage): Uint8Array {
  const contentId = diskId('vmdk', disk).slice(0, 8).toLowerCase()
  return writeDescriptor(type, file, disk.size / sector, contentId)
}

// The deflate is a JavaScript library of a pinned version: see deflate.ts.
function compressedGrain(grain: Block): Uint8Array {
  const data = zlibSync(joinBlock(grain, grainSize), { level })
  return Buffer.concat([grainHeader.encode({ sector: grain.index * grainSectors, size: data.length }), data])
}

function writeMarker(type: number, sectors: number): Uint8Array {
  return marker.encode({ sectors, size: 0, type, rest: new Uint8Array() })
}

function tableCount(disk: SparseImage): number {
  return Math.ceil(disk.size / (grainSize * tableEntries))
}

function byTable(grains: readonly Block[]): Map<number, Block[]> {
  const tables = new Map<number, Block[]>()
  for (const grain of grains) {
    const table = Math.floor(grain.index / tableEntries)
    tables.set(table, [...(tables.get(table) ?? []), grain])
  }
  return tables
}

function bytesOf(numbers: Uint32Array): Uint8Array {
  return new Uint8Array(numbers.buffer)
}

const format = 'a VMDK image'

/** The disk in a file of either form, which needs no other. */
export function readVmdk(source: ByteSource): ByteSource {
  return explained(format, () => {
    const first = readHeader(source, 0)
    const found = first.directory === directoryAtEnd ? readHeader(source, source.size - 2 * sector) : first
    const size = found.grainSize * sector
    if (size < 8 * sector || size > 128 * grainSize) throw damaged(format, 'grains of a wrong size')
    if (found.tableEntries !== tableEntries) throw damaged(format, 'tables of a wrong size')
    const isCompressed = (found.flags & flags.compressed) !== 0
    if (isCompressed && found.compression !== deflated) throw damaged(format, 'an unknown compression')
    const tables = Math.ceil((found.capacity * sector) / (size * tableEntries))
    const directory = sourcePart(source, Number(found.directory) * sector, tables * 4)
    return blockedSource(format, found.capacity * sector, size, (index) => {
      const table = numberAt(directory, Math.floor(index / tableEntries))
      if (table === 0) return undefined
      const at = numberAt(sourcePart(source, table * sector, tableEntries * 4), index % tableEntries)
      if (at <= 1) return undefined // 1: a grain of zeros
      return isCompressed ? inflatedGrain(source, at, size) : sourcePart(source, at * sector, size)
    })
  })
}

function readHeader(source: ByteSource, offset: number): ReturnType<typeof header.decode> {
  if (offset < 0) throw damaged(format, 'it is too small')
  const found = header.decode(readWithin(source, offset, header.size))
  if (found.magic !== magic) throw damaged(format, `no header at ${offset}`)
  if (found.version < 1 || found.version > 3) throw damaged(format, `version ${found.version}`)
  if (found.lineEnds !== lineEnds) throw damaged(format, 'it was transferred as text')
  return found
}

function numberAt(table: ByteSource, row: number): number {
  return viewOf(readWithin(table, row * 4, 4)).getUint32(0, true)
}

function inflatedGrain(source: ByteSource, at: number, size: number): ByteSource {
  const { size: length } = grainHeader.decode(readWithin(source, at * sector, grainHeader.size))
  const data = readWithin(source, at * sector + grainHeader.size, length)
  try {
    return bytesSource(inflateSync(data, { maxOutputLength: size }))
  } catch (error) {
    throw damaged(format, `a grain cannot be decompressed: ${(error as Error).message}`)
  }
}

function alignUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit
}
