import { viewOf } from '../../base/struct.js'
import { UserError } from '../../base/user-error.js'
import { type ByteSource, readWithin } from './byte-source.js'
import {
  bootSector32,
  clusterOffset,
  type FatLayout,
  type FatType,
  layoutFrom,
  sectorSize,
} from './fat-layout.js'
import { attribute, createNameReader, directoryEntry } from './fat-name.js'

export interface FatEntry {
  /** With `/`, without a leading one. */
  readonly path: string
  readonly type: 'file' | 'dir'
  readonly size: number
  /** The file's bytes, read when asked for. */
  data(): Uint8Array
}

export interface FatContents {
  readonly type: FatType
  readonly label: string
  readonly entries: readonly FatEntry[]
}

/** Reads any FAT volume with sectors of 512 bytes, ours or another's. */
export function readFat(source: ByteSource): FatContents {
  const layout = source.size < sectorSize ? undefined : layoutFrom(source.read(0, sectorSize))
  if (layout === undefined) throw damaged('its first sector is not one of FAT')
  if (layout.sectors * sectorSize > source.size) throw damaged('it is larger than what holds it')
  const reader = { source, layout, next: nextClusters(source, layout), seen: new Set<number>() }
  const rootBytes =
    layout.type === 32 ? readChain(reader, rootCluster(source)) : readFixedRoot(source, layout)
  const labels: string[] = []
  const entries = readFolder(reader, rootBytes, '', labels)
  return { type: layout.type, label: labels[0] ?? '', entries }
}

interface Reader {
  readonly source: ByteSource
  readonly layout: FatLayout
  /** What follows a cluster; undefined at the end of a chain. */
  next(cluster: number): number | undefined
  /** First clusters of folders that were read: a folder that holds itself never ends. */
  readonly seen: Set<number>
}

function readFolder(reader: Reader, bytes: Uint8Array, prefix: string, labels: string[]): FatEntry[] {
  const found: FatEntry[] = []
  const names = createNameReader()
  for (let at = 0; at + directoryEntry.size <= bytes.length; at += directoryEntry.size) {
    const raw = bytes.subarray(at, at + directoryEntry.size)
    if (raw[0] === 0) break
    if (raw[0] === deleted) continue
    const entry = directoryEntry.decode(raw)
    if ((entry.attributes & 0x3f) === attribute.longName) {
      names.long(raw)
      continue
    }
    const name = names.finish(raw)
    if (entry.attributes & attribute.label) labels.push(Buffer.from(entry.name).toString('latin1').trimEnd())
    else if (name !== '.' && name !== '..') found.push(...readEntry(reader, entry, prefix + name, labels))
  }
  return found
}

const deleted = 0xe5

function readEntry(
  reader: Reader,
  entry: { attributes: number; clusterHigh: number; clusterLow: number; size: number },
  path: string,
  labels: string[],
): FatEntry[] {
  const wide = reader.layout.type === 32
  const cluster = (wide ? (entry.clusterHigh & 0xfff) * 0x10000 : 0) + entry.clusterLow
  if ((entry.attributes & attribute.folder) === 0) {
    const data = () => readFile(reader, cluster, entry.size)
    return [{ path, type: 'file', size: entry.size, data }]
  }
  if (reader.seen.has(cluster)) throw damaged(`the folder ${path} holds itself`)
  reader.seen.add(cluster)
  const inside = readFolder(reader, readChain(reader, cluster), `${path}/`, labels)
  return [{ path, type: 'dir', size: 0, data: () => new Uint8Array() }, ...inside]
}

function readFile(reader: Reader, cluster: number, size: number): Uint8Array {
  if (size === 0) return new Uint8Array()
  const all = readChain(reader, cluster, size)
  if (all.length < size) throw damaged('a file is shorter than its entry says')
  return all.subarray(0, size)
}

/** The clusters of a chain, at most as many as hold `limit` bytes. */
function readChain({ source, layout, next }: Reader, first: number, limit = 1 << 21): Uint8Array {
  const clusterSize = layout.clusterSectors * sectorSize
  const parts: Uint8Array[] = []
  for (
    let at: number | undefined = first;
    at !== undefined && parts.length * clusterSize < limit;
    at = next(at)
  ) {
    if (at < 2 || at >= layout.clusters + 2) throw damaged(`there is no cluster ${at}`)
    parts.push(readWithin(source, clusterOffset(layout, at), clusterSize))
  }
  return Buffer.concat(parts)
}

function readFixedRoot(source: ByteSource, layout: FatLayout): Uint8Array {
  const size = Math.ceil((layout.rootEntries * directoryEntry.size) / sectorSize) * sectorSize
  return readWithin(source, layout.dataSector * sectorSize - size, size)
}

function rootCluster(source: ByteSource): number {
  return bootSector32.decode(source.read(0, sectorSize)).rootCluster
}

function nextClusters(source: ByteSource, layout: FatLayout): Reader['next'] {
  const table = readWithin(source, layout.reservedSectors * sectorSize, layout.fatSectors * sectorSize)
  const view = viewOf(table)
  const entryAt = (cluster: number): number => {
    if (layout.type === 32) return view.getUint32(cluster * 4, true) & 0x0fffffff
    if (layout.type === 16) return view.getUint16(cluster * 2, true)
    const pair = view.getUint16(cluster + (cluster >> 1), true)
    return (pair >> ((cluster & 1) * 4)) & 0xfff
  }
  const end = 2 ** (layout.type === 32 ? 28 : layout.type) - 8
  return (cluster) => {
    const value = entryAt(cluster)
    return value >= end ? undefined : value
  }
}

function damaged(why: string): UserError {
  return new UserError(`not a FAT volume that can be read: ${why}`)
}
