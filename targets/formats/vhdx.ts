import { assertSize, bytes, padding, size64, struct, text, u16, u32, u64, viewOf } from '../../base/struct.js'
import { blockedSource, usedBlocks } from './blocks.js'
import { type ByteSource, readWithin, sourcePart } from './byte-source.js'
import { crc32c } from './crc32c.js'
import { damaged, explained } from './damaged.js'
import { diskId } from './disk-id.js'
import { guid, guidFrom } from './guid.js'
import { movedTo, type Piece, type SparseImage, sparseImage } from './sparse-image.js'

/** Virtual Hard Disk v2 (Microsoft, [MS-VHDX] 7.0). */
const header = struct({
  signature: text(4),
  checksum: u32,
  sequence: u64,
  fileWriteId: guid,
  dataWriteId: guid,
  logId: guid,
  logVersion: u16,
  version: u16,
  logLength: u32,
  logOffset: size64,
  reserved: padding(4016),
})
assertSize(header, 4096)
const region = struct({ id: guid, offset: size64, length: u32, required: u32 })
assertSize(region, 32)
const regionTable = struct({ signature: text(4), checksum: u32, count: u32, reserved: padding(4) })
const item = struct({ id: guid, offset: u32, length: u32, flags: u32, reserved: padding(4) })
assertSize(item, 32)
const itemTable = struct({ signature: text(8), reserved: padding(2), count: u16, rest: padding(20) })
assertSize(itemTable, 32)
const identifier = struct({ signature: bytes(8), creator: bytes(512) })

const format = 'a VHDX image'
const KiB = 1024
const MiB = 1024 * KiB
const blockSize = MiB
const sectorSize = 512
const noId = '00000000-0000-0000-0000-000000000000'
const regionIds = {
  blocks: '2DC27766-F623-4200-9D64-115E9BFD4A08',
  metadata: '8B7CA206-4790-4B9A-B8FE-575F050F886E',
}
const itemIds = {
  file: 'CAA16737-FA36-4D43-B3B6-33F0AA44E76B',
  size: '2FA54224-CD1B-4876-B211-5DBED83BF4B8',
  identity: 'BECA12AB-B2E6-4523-93EF-C309E000C746',
  logicalSector: '8141BF1D-A96F-4709-BA47-F233A8FAAB5F',
  physicalSector: 'CDA348C7-445D-4471-9CC9-E9885251C556',
}
const itemFlags = { virtualDisk: 2, required: 4 }
/** Place of the structures; log, metadata and block table start at whole MiB. */
const places = {
  headers: [64 * KiB, 128 * KiB],
  regions: [192 * KiB, 256 * KiB],
  log: MiB,
  metadata: 2 * MiB,
}
const regionTableSize = 64 * KiB
const blocksAt = 3 * MiB
/** Metadata's values stand behind the table of its items. */
const valuesAt = 64 * KiB
/** States of a block in the low bits of its entry; the others are its offset in the file. */
const fullyPresent = 6
const stateMask = 7

/** A disk that grows as it is written, in blocks of 1 MiB, with an empty log. */
export function writeVhdx(disk: SparseImage): SparseImage {
  const used = usedBlocks(disk, blockSize)
  const entries = entryIndex(Math.ceil(disk.size / blockSize) - 1, chunkRatio(blockSize, sectorSize)) + 1
  const tableSize = Math.ceil((entries * 8) / MiB) * MiB
  const dataAt = blocksAt + tableSize
  const table = new Uint8Array(entries * 8)
  used.forEach(({ index }, at) => {
    const row = entryIndex(index, chunkRatio(blockSize, sectorSize))
    size64.write(viewOf(table), row * 8, dataAt + at * blockSize + fullyPresent)
  })
  const id = diskId('vhdx', disk)
  const regions = writeRegions([
    { id: regionIds.blocks, offset: blocksAt, length: tableSize, required: 1 },
    { id: regionIds.metadata, offset: places.metadata, length: MiB, required: 1 },
  ])
  return sparseImage(dataAt + used.length * blockSize, [
    { offset: 0, data: writeIdentifier() },
    ...places.headers.map((offset, at) => ({ offset, data: writeHeader(id, BigInt(at + 1)) })),
    ...places.regions.map((offset) => ({ offset, data: regions })),
    ...writeMetadata(disk.size, id),
    { offset: blocksAt, data: table },
    ...used.flatMap(({ pieces }, at) => movedTo(dataAt + at * blockSize, { size: blockSize, pieces })),
  ])
}

function writeIdentifier(): Uint8Array {
  return identifier.encode({
    signature: new TextEncoder().encode('vhdxfile'),
    creator: Buffer.from('unik', 'utf16le'),
  })
}

// The header with the higher number counts; the other one is there for when it gets damaged.
function writeHeader(id: string, sequence: bigint): Uint8Array {
  const value = {
    ...{ signature: 'head', checksum: 0, sequence, logId: noId, logVersion: 0, version: 1 },
    ...{ fileWriteId: guidFrom('file', id), dataWriteId: guidFrom('data', id) },
    ...{ logLength: MiB, logOffset: places.log },
  }
  return header.encode({ ...value, checksum: crc32c(header.encode(value)) })
}

function writeRegions(regions: readonly Parameters<typeof region.encode>[0][]): Uint8Array {
  const out = new Uint8Array(regionTableSize)
  const value = { signature: 'regi', checksum: 0, count: regions.length }
  regionTable.write(viewOf(out), 0, value)
  regions.forEach((each, at) => {
    region.write(viewOf(out), regionTable.size + at * region.size, each)
  })
  regionTable.write(viewOf(out), 0, { ...value, checksum: crc32c(out) })
  return out
}

function writeMetadata(size: number, id: string): Piece[] {
  const values: { id: string; data: Uint8Array; flags: number }[] = [
    { id: itemIds.file, data: pair(blockSize, 0), flags: 0 },
    { id: itemIds.size, data: struct({ size: size64 }).encode({ size }), flags: itemFlags.virtualDisk },
    { id: itemIds.identity, data: struct({ id: guid }).encode({ id }), flags: itemFlags.virtualDisk },
    { id: itemIds.logicalSector, data: pair(sectorSize), flags: itemFlags.virtualDisk },
    { id: itemIds.physicalSector, data: pair(4096), flags: itemFlags.virtualDisk },
  ]
  const table = new Uint8Array(itemTable.size + values.length * item.size)
  itemTable.write(viewOf(table), 0, { signature: 'metadata', count: values.length })
  const pieces: Piece[] = [{ offset: places.metadata, data: table }]
  let offset = valuesAt
  values.forEach(({ id: itemId, data, flags }, at) => {
    const row = { id: itemId, offset, length: data.length, flags: flags | itemFlags.required }
    item.write(viewOf(table), itemTable.size + at * item.size, row)
    pieces.push({ offset: places.metadata + offset, data })
    offset += data.length
  })
  return pieces
}

function pair(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer)
}

/** So many blocks have their sector bitmaps in one block, whose entry stands behind theirs (2.5.1). */
function chunkRatio(blockBytes: number, sectorBytes: number): number {
  return Math.floor((2 ** 23 * sectorBytes) / blockBytes)
}

function entryIndex(block: number, ratio: number): number {
  return block + Math.floor(block / ratio)
}

/** The disk in an image without parent, whose log holds nothing to be done again. */
export function readVhdx(source: ByteSource): ByteSource {
  return explained(format, () => {
    if (Buffer.from(readWithin(source, 0, 8)).toString('latin1') !== 'vhdxfile')
      throw damaged(format, 'its first bytes are others')
    const { logId, version } = currentHeader(source)
    if (version !== 1) throw damaged(format, `version ${version}`)
    if (logId !== noId) throw damaged(format, 'it was not closed: its log must be replayed first')
    const regions = readRegions(source)
    const { size, blockBytes, sectorBytes } = readMetadata(regionOf(source, regions, regionIds.metadata))
    const table = regionOf(source, regions, regionIds.blocks)
    const ratio = chunkRatio(blockBytes, sectorBytes)
    return blockedSource(format, size, blockBytes, (index) => {
      const entry = size64.read(viewOf(readWithin(table, entryIndex(index, ratio) * 8, 8)), 0)
      if (entry % (stateMask + 1) !== fullyPresent) return undefined
      return sourcePart(source, Math.floor(entry / MiB) * MiB, blockBytes)
    })
  })
}

function currentHeader(source: ByteSource): ReturnType<typeof header.decode> {
  const valid = places.headers
    .map((offset) => readWithin(source, offset, header.size))
    .filter((raw) => isWhole(raw, 'head'))
    .map((raw) => header.decode(raw))
    .sort((a, b) => (a.sequence < b.sequence ? 1 : -1))
  if (valid[0] === undefined) throw damaged(format, 'both headers are damaged')
  return valid[0]
}

function readRegions(source: ByteSource): readonly ReturnType<typeof region.decode>[] {
  const raw = places.regions
    .map((offset) => readWithin(source, offset, regionTableSize))
    .find((each) => isWhole(each, 'regi'))
  if (raw === undefined) throw damaged(format, 'both region tables are damaged')
  const { count } = regionTable.decode(raw)
  if (count > (regionTableSize - regionTable.size) / region.size) throw damaged(format, 'too many regions')
  return Array.from({ length: count }, (_, at) => region.decode(raw, regionTable.size + at * region.size))
}

function isWhole(raw: Uint8Array, signature: string): boolean {
  const { checksum, ...found } = regionTable.decode(raw)
  return found.signature === signature && crc32c(raw.slice().fill(0, 4, 8)) === checksum
}

function regionOf(source: ByteSource, regions: ReturnType<typeof readRegions>, id: string): ByteSource {
  const found = regions.find((each) => each.id === id)
  if (found === undefined) throw damaged(format, `region ${id} is missing`)
  return sourcePart(source, found.offset, found.length)
}

function readMetadata(part: ByteSource): { size: number; blockBytes: number; sectorBytes: number } {
  const { signature, count } = itemTable.decode(readWithin(part, 0, itemTable.size))
  if (signature !== 'metadata' || count > 2047) throw damaged(format, 'the metadata table is damaged')
  const items = Array.from({ length: count }, (_, at) =>
    item.decode(readWithin(part, itemTable.size + at * item.size, item.size)),
  )
  const itemValue = (id: string, length: number): DataView => {
    const found = items.find((each) => each.id === id)
    if (found === undefined || found.length < length) throw damaged(format, `metadata ${id} is missing`)
    return viewOf(readWithin(part, found.offset, length))
  }
  const file = itemValue(itemIds.file, 8)
  const [blockBytes, flags] = [file.getUint32(0, true), file.getUint32(4, true)]
  const sectorBytes = itemValue(itemIds.logicalSector, 4).getUint32(0, true)
  if ((flags & 2) !== 0) throw damaged(format, 'it needs another image')
  if (blockBytes < MiB || blockBytes > 256 * MiB || blockBytes % MiB !== 0)
    throw damaged(format, 'blocks of a wrong size')
  if (sectorBytes !== 512 && sectorBytes !== 4096) throw damaged(format, 'sectors of a wrong size')
  return { size: size64.read(itemValue(itemIds.size, 8), 0), blockBytes, sectorBytes }
}
