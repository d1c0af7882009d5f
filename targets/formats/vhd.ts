import {
  assertSize,
  bytes,
  padding,
  size64be,
  struct,
  text,
  u8,
  u16be,
  u32be,
  u64be,
  viewOf,
} from '../../base/struct.js'
import { blockedSource, usedBlocks } from './blocks.js'
import { type ByteSource, readWithin, sourcePart } from './byte-source.js'
import { damaged, explained } from './damaged.js'
import { diskId } from './disk-id.js'
import { movedTo, type SparseImage, sparseImage } from './sparse-image.js'

/** Virtual Hard Disk Image Format Specification 1.0 (Microsoft, 2006). */
const footer = struct({
  cookie: text(8),
  features: u32be,
  version: u32be,
  dataOffset: u64be,
  time: u32be,
  creator: text(4),
  creatorVersion: u32be,
  creatorSystem: text(4),
  originalSize: size64be,
  currentSize: size64be,
  cylinders: u16be,
  heads: u8,
  sectors: u8,
  type: u32be,
  checksum: u32be,
  id: bytes(16),
  reserved: padding(428),
})
assertSize(footer, 512)
const dynamicHeader = struct({
  cookie: text(8),
  dataOffset: u64be,
  tableOffset: size64be,
  version: u32be,
  tableEntries: u32be,
  blockSize: u32be,
  checksum: u32be,
  noParent: padding(984),
})
assertSize(dynamicHeader, 1024)

const format = 'a VHD image'
const sector = 512
const version = 0x00010000
const blockSize = 2 << 20
/** A bit for each sector of a block, all set: the block has them. */
const bitmap = new Uint8Array(blockSize / sector / 8).fill(0xff)
const types = { fixed: 2, dynamic: 3 }
const nowhere = 0xffffffffffffffffn
const noBlock = 0xffffffff

/** The disk as it is, with the footer behind it. */
export function writeFixedVhd(disk: SparseImage): SparseImage {
  const end = { offset: disk.size, data: writeFooter(disk, types.fixed, nowhere) }
  return sparseImage(disk.size + footer.size, [...disk.pieces, end])
}

/** Blocks of 2 MiB where something is stored, each behind its bitmap; the footer stands at both ends. */
export function writeDynamicVhd(disk: SparseImage): SparseImage {
  const used = usedBlocks(disk, blockSize)
  const tableEntries = Math.ceil(disk.size / blockSize)
  const headerOffset = footer.size
  const tableOffset = headerOffset + dynamicHeader.size
  const blocksAt = alignUp(tableOffset + tableEntries * 4, sector)
  const placeOf = (at: number) => blocksAt + at * (bitmap.length + blockSize)
  const table = new Uint8Array(blocksAt - tableOffset).fill(0xff)
  used.forEach(({ index }, at) => {
    viewOf(table).setUint32(index * 4, placeOf(at) / sector)
  })
  const ends = writeFooter(disk, types.dynamic, BigInt(headerOffset))
  const value = {
    ...{ cookie: 'cxsparse', dataOffset: nowhere, tableOffset, version, tableEntries, blockSize },
    checksum: 0,
  }
  const header = dynamicHeader.encode({ ...value, checksum: checksum(dynamicHeader.encode(value)) })
  return sparseImage(placeOf(used.length) + footer.size, [
    { offset: 0, data: ends },
    { offset: headerOffset, data: header },
    { offset: tableOffset, data: table },
    ...used.flatMap(({ pieces }, at) => [
      { offset: placeOf(at), data: bitmap },
      ...movedTo(placeOf(at) + bitmap.length, { size: blockSize, pieces }),
    ]),
    { offset: placeOf(used.length), data: ends },
  ])
}

// Creators whose sizes QEMU believes; of others it computes one from the geometry. Azure asks for this system.
function writeFooter(disk: SparseImage, type: number, dataOffset: bigint): Uint8Array {
  const value = {
    ...{ cookie: 'conectix', features: 2, version, dataOffset, time: 0, checksum: 0 },
    ...{ creator: 'win ', creatorVersion: 0x000a0000, creatorSystem: 'Wi2k' },
    ...{ originalSize: disk.size, currentSize: disk.size, ...geometry(disk.size / sector) },
    ...{ type, id: Buffer.from(diskId('vhd', disk).replaceAll('-', ''), 'hex') },
  }
  return footer.encode({ ...value, checksum: checksum(footer.encode(value)) })
}

/** Cylinders, heads and sectors a track as the specification's appendix computes them. */
function geometry(totalSectors: number): { cylinders: number; heads: number; sectors: number } {
  const total = Math.min(totalSectors, 65535 * 16 * 255)
  if (total >= 65535 * 16 * 63) return { sectors: 255, heads: 16, cylinders: Math.floor(total / 255 / 16) }
  const tracks = Math.floor(total / 17)
  const heads17 = Math.max(4, Math.ceil(tracks / 1024))
  if (heads17 <= 16 && tracks < heads17 * 1024)
    return { sectors: 17, heads: heads17, cylinders: Math.floor(tracks / heads17) }
  const sectors = Math.floor(total / 31) < 16 * 1024 ? 31 : 63
  return { sectors, heads: 16, cylinders: Math.floor(total / sectors / 16) }
}

function checksum(data: Uint8Array): number {
  return ~data.reduce((sum, byte) => sum + byte, 0) >>> 0
}

/** The disk in a fixed or dynamic image. */
export function readVhd(source: ByteSource): ByteSource {
  return explained(format, () => {
    const raw = readWithin(source, Math.max(0, source.size - footer.size), footer.size)
    const found = footer.decode(raw)
    if (found.cookie !== 'conectix') throw damaged(format, 'it does not end with a footer')
    if (checksum(without(raw, footer.offsets.checksum)) !== found.checksum)
      throw damaged(format, "the footer's checksum is wrong")
    if (found.type === types.fixed) return sourcePart(source, 0, Math.min(found.currentSize, source.size))
    if (found.type !== types.dynamic) throw damaged(format, 'it needs another image')
    return readDynamic(source, found.currentSize, size64be.read(viewOf(raw), footer.offsets.dataOffset))
  })
}

function readDynamic(source: ByteSource, size: number, headerOffset: number): ByteSource {
  const raw = readWithin(source, headerOffset, dynamicHeader.size)
  const found = dynamicHeader.decode(raw)
  if (found.cookie !== 'cxsparse') throw damaged(format, 'it has no header of dynamic disks')
  if (checksum(without(raw, dynamicHeader.offsets.checksum)) !== found.checksum)
    throw damaged(format, "the header's checksum is wrong")
  const { blockSize: each, tableEntries } = found
  if (each < sector || each % sector !== 0 || size > each * tableEntries)
    throw damaged(format, 'the table is too small')
  const table = sourcePart(source, found.tableOffset, tableEntries * 4)
  const bitmapSize = alignUp(each / sector / 8, sector)
  return blockedSource(format, size, each, (index) => {
    const at = viewOf(readWithin(table, index * 4, 4)).getUint32(0)
    return at === noBlock ? undefined : sourcePart(source, at * sector + bitmapSize, each)
  })
}

function without(raw: Uint8Array, checksumAt: number): Uint8Array {
  return raw.slice().fill(0, checksumAt, checksumAt + 4)
}

function alignUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit
}
