import { assertSize, size64be, struct, u32be, u64be, viewOf } from '../../base/struct.js'
import { blockedSource, usedBlocks } from './blocks.js'
import { type ByteSource, readWithin, sourcePart } from './byte-source.js'
import { damaged, explained } from './damaged.js'
import { movedTo, type Piece, type SparseImage, sparseImage } from './sparse-image.js'

/** QEMU's copy-on-write format, version 3 (QEMU, docs/interop/qcow2.txt). */
const header = struct({
  magic: u32be,
  version: u32be,
  backingOffset: size64be,
  backingSize: u32be,
  clusterBits: u32be,
  size: size64be,
  encryption: u32be,
  l1Entries: u32be,
  l1Offset: size64be,
  refcountTable: size64be,
  refcountTableClusters: u32be,
  snapshots: u32be,
  snapshotsOffset: size64be,
  incompatible: u64be,
  compatible: u64be,
  autoclear: u64be,
  refcountOrder: u32be,
  headerLength: u32be,
})
assertSize(header, 104)

const format = 'a qcow2 image'
const magic = 0x514649fb // "QFI\xfb"
const clusterBits = 16
const cluster = 1 << clusterBits
const entriesPerTable = cluster / 8
const refcountsPerBlock = cluster / 2
/** Bit 63 of a table's entry: the cluster has one user. */
const copied = 0x80000000
/** Bit 62 of an L2 entry. */
const compressed = 0x40000000

/** The disk with clusters of 64 KiB: header, L1 table, refcounts, L2 tables, then what is not zero. */
export function writeQcow2(disk: SparseImage): SparseImage {
  const blocks = usedBlocks(disk, cluster)
  const l1Entries = Math.max(1, Math.ceil(disk.size / (cluster * entriesPerTable)))
  const l1Clusters = Math.ceil(l1Entries / entriesPerTable)
  const tables = [...new Set(blocks.map(({ index }) => Math.floor(index / entriesPerTable)))]
  const refcounts = placeRefcounts(1 + l1Clusters + tables.length + blocks.length)
  const refcountAt = 1 + l1Clusters
  const l2At = refcountAt + refcounts.tableClusters + refcounts.blocks
  const dataAt = l2At + tables.length
  const pieces: Piece[] = [
    { offset: 0, data: writeHeader(disk.size, l1Entries, refcountAt, refcounts.tableClusters) },
    {
      offset: cluster,
      data: writeTable(
        l1Clusters,
        copied,
        tables.map((table, at) => [table, l2At + at]),
      ),
    },
    ...refcountPieces(refcountAt, refcounts),
  ]
  tables.forEach((table, at) => {
    const rows = blocks.flatMap(({ index }, block): [number, number][] =>
      Math.floor(index / entriesPerTable) === table ? [[index % entriesPerTable, dataAt + block]] : [],
    )
    pieces.push({ offset: (l2At + at) * cluster, data: writeTable(1, copied, rows) })
  })
  blocks.forEach(({ pieces: parts }, at) => {
    pieces.push(...movedTo((dataAt + at) * cluster, { size: cluster, pieces: parts }))
  })
  return sparseImage(refcounts.total * cluster, pieces)
}

interface Refcounts {
  readonly total: number
  readonly blocks: number
  readonly tableClusters: number
}

// The counts have counts too.
function placeRefcounts(others: number): Refcounts {
  let placed = { total: others, blocks: 0, tableClusters: 0 }
  for (;;) {
    const blocks = Math.ceil(placed.total / refcountsPerBlock)
    const tableClusters = Math.ceil(blocks / entriesPerTable)
    const total = others + blocks + tableClusters
    if (total === placed.total) return placed
    placed = { total, blocks, tableClusters }
  }
}

function refcountPieces(at: number, { total, blocks, tableClusters }: Refcounts): Piece[] {
  const first = at + tableClusters
  const rows = Array.from({ length: blocks }, (_, index): [number, number] => [index, first + index])
  const counts = new Uint8Array(blocks * cluster)
  for (let index = 0; index < total; index++) counts[2 * index + 1] = 1
  return [
    { offset: at * cluster, data: writeTable(tableClusters, 0, rows) },
    { offset: first * cluster, data: counts },
  ]
}

function writeHeader(
  size: number,
  l1Entries: number,
  refcountAt: number,
  refcountTableClusters: number,
): Uint8Array {
  return header.encode({
    ...{ magic, version: 3, backingOffset: 0, backingSize: 0, clusterBits, size, encryption: 0 },
    ...{ l1Entries, l1Offset: cluster, refcountTable: refcountAt * cluster, refcountTableClusters },
    ...{ snapshots: 0, snapshotsOffset: 0, incompatible: 0n, compatible: 0n, autoclear: 0n },
    ...{ refcountOrder: 4, headerLength: header.size },
  })
}

function writeTable(
  clusters: number,
  flag: number,
  rows: readonly (readonly [row: number, cluster: number])[],
): Uint8Array {
  const table = new Uint8Array(clusters * cluster)
  const view = viewOf(table)
  for (const [row, at] of rows) {
    size64be.write(view, row * 8, at * cluster)
    view.setUint32(row * 8, view.getUint32(row * 8) + flag)
  }
  return table
}

/** The disk in an image of version 2 or 3 without backing file, encryption or compression. */
export function readQcow2(source: ByteSource): ByteSource {
  return explained(format, () => {
    const found = header.decode(readWithin(source, 0, header.size))
    if (found.magic !== magic) throw damaged(format, 'its first bytes are others')
    if (found.version !== 2 && found.version !== 3) throw damaged(format, `version ${found.version}`)
    if (found.backingOffset !== 0) throw damaged(format, 'it needs another file')
    if (found.encryption !== 0) throw damaged(format, 'it is encrypted')
    if (found.version === 3 && found.incompatible !== 0n)
      throw damaged(format, 'it has features that are not known')
    if (found.clusterBits < 9 || found.clusterBits > 21) throw damaged(format, 'clusters of a wrong size')
    const size = 2 ** found.clusterBits
    if (found.l1Entries < Math.ceil(found.size / (size * (size / 8))))
      throw damaged(format, 'the L1 table is too small')
    const l1 = sourcePart(source, found.l1Offset, found.l1Entries * 8)
    return blockedSource(format, found.size, size, (index) => clusterAt(source, l1, size, index))
  })
}

function clusterAt(source: ByteSource, l1: ByteSource, size: number, index: number): ByteSource | undefined {
  const rows = size / 8
  const table = entryAt(l1, Math.floor(index / rows))
  if (table.offset === 0) return undefined
  const { offset, flags, isZero } = entryAt(sourcePart(source, table.offset, size), index % rows)
  if ((flags & compressed) !== 0) throw damaged(format, 'it has compressed clusters')
  return offset === 0 || isZero ? undefined : sourcePart(source, offset, size)
}

function entryAt(table: ByteSource, row: number): { offset: number; flags: number; isZero: boolean } {
  const view = viewOf(readWithin(table, row * 8, 8))
  const [high, low] = [view.getUint32(0), view.getUint32(4)]
  return {
    offset: (high & 0x00ffffff) * 2 ** 32 + ((low & 0xfffffe00) >>> 0),
    flags: high,
    isZero: (low & 1) !== 0,
  }
}
