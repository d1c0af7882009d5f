import {
  bootMark,
  bootSector,
  bootSector32,
  clusterOffset,
  type FatLayout,
  type FatType,
  fatCount,
  infoSector,
  layoutOf,
  sectorSize,
  smallestLayout,
} from './fat-layout.js'
import { attribute, directoryEntry, longEntries, shortNames } from './fat-name.js'
import { type FatFile, makeTree, type Node, nodeSize, placeNodes, walk } from './fat-tree.js'
import { type Piece, type SparseImage, sparseImage } from './sparse-image.js'

export interface FatOptions {
  /** At most 11 characters, upper case. */
  readonly label: string
  /** Of the volume, 32 bits. */
  readonly serial: number
  /** A volume of exactly this type and size; without it, the smallest one that holds the files. */
  readonly fixed?: { readonly type: FatType; readonly bytes: number }
  /** Bytes; each file starts at a multiple of it. Default 512. */
  readonly clusterSize?: number
  /** Sectors of the disk before the volume. Default 0. */
  readonly hiddenSectors?: number
}

export interface FatVolume {
  readonly image: SparseImage
  readonly type: FatType
  /** Where a file's bytes lie in the volume: all of them in one stretch. */
  locate(path: string): number
}

/** Writes a FAT12, FAT16 or FAT32 volume (Microsoft FAT specification 1.03); every time in it is 1980-01-01. */
export function writeFat(files: readonly FatFile[], options: FatOptions): FatVolume {
  const root = makeTree(files)
  const layout = chooseLayout(root, options)
  const nodes = placeNodes(root, layout)
  const pieces = [
    ...bootPieces(layout, nodes, options),
    ...fatPieces(layout, nodes),
    ...nodes.flatMap((node) => contents(node, layout, options.label)),
  ]
  return {
    image: sparseImage(layout.sectors * sectorSize, pieces),
    type: layout.type,
    locate(path) {
      const node = nodes.find((candidate) => candidate.path === path)
      if (node === undefined) throw new Error(`${path} is not in the volume`)
      return clusterOffset(layout, node.cluster)
    },
  }
}

function chooseLayout(root: Node, options: FatOptions): FatLayout {
  const least = (options.clusterSize ?? sectorSize) / sectorSize
  const needed = (clusterSectors: number) =>
    walk(root).reduce((sum, node) => sum + Math.ceil(nodeSize(node) / (clusterSectors * sectorSize)), 0)
  if (options.fixed === undefined) return smallestLayout(needed, least)
  const { type, bytes } = options.fixed
  for (let clusterSectors = least; clusterSectors <= 64; clusterSectors *= 2) {
    const found = layoutOf(type, Math.floor(bytes / sectorSize), clusterSectors)
    if (found !== undefined && found.clusters >= needed(clusterSectors)) return found
  }
  throw new Error(`the files do not fit a FAT${type} volume of ${bytes} bytes`)
}

function bootPieces(layout: FatLayout, nodes: readonly Node[], options: FatOptions): Piece[] {
  const { type, sectors, fatSectors } = layout
  const wide = type === 32
  const shared = {
    jump: Uint8Array.of(0xeb, wide ? 0x58 : 0x3c, 0x90),
    system: 'MSWIN4.1', // what the specification asks for, since some systems look
    sectorSize,
    clusterSectors: layout.clusterSectors,
    reservedSectors: layout.reservedSectors,
    fatCount,
    rootEntries: layout.rootEntries,
    sectors16: !wide && sectors < 0x10000 ? sectors : 0,
    media: fixedDisk,
    fatSectors16: wide ? 0 : fatSectors,
    trackSectors: 63,
    heads: 255,
    hiddenSectors: options.hiddenSectors ?? 0,
    sectors32: !wide && sectors < 0x10000 ? 0 : sectors,
    drive: 0x80,
    bootSignature: 0x29,
    serial: options.serial,
    label: options.label,
    typeName: `FAT${type}`,
    code: notBootable,
    mark: bootMark,
  }
  if (!wide) return [{ offset: 0, data: bootSector.encode(shared) }]
  const places = { rootCluster: 2, infoSector: 1, backupSector: 6 }
  const boot = bootSector32.encode({ ...shared, fatSectors32: fatSectors, flags: 0, version: 0, ...places })
  const used = nodes.reduce((sum, node) => sum + node.count, 0)
  const info = infoSector.encode({
    lead: 0x41615252,
    signature: 0x61417272,
    freeClusters: layout.clusters - used,
    nextFree: used + 2,
    trail: 0xaa550000,
  })
  return [0, places.backupSector].flatMap((first) => [
    { offset: first * sectorSize, data: boot },
    { offset: (first + places.infoSector) * sectorSize, data: info },
  ])
}

/** `int 18h`: this disk does not boot, the BIOS shall try the next. */
const notBootable = Uint8Array.of(0xcd, 0x18, 0xf4, 0xeb, 0xfd)
const fixedDisk = 0xf8

// Only the part of each table that is in use; the rest is zero: free.
function fatPieces(layout: FatLayout, nodes: readonly Node[]): Piece[] {
  const values = [0xfffff00 | fixedDisk, endOfChain]
  for (const { cluster, count } of nodes)
    for (let at = cluster; at < cluster + count; at++)
      values[at] = at + 1 === cluster + count ? endOfChain : at + 1
  const table = encodeTable(layout.type, values)
  return [0, 1].map((copy) => ({
    offset: (layout.reservedSectors + copy * layout.fatSectors) * sectorSize,
    data: table,
  }))
}

const endOfChain = 0xfffffff

function encodeTable(type: FatType, values: readonly number[]): Uint8Array {
  const out = Buffer.alloc(Math.ceil((values.length * type) / 8) + 1)
  values.forEach((value, index) => {
    if (type === 32) out.writeUInt32LE(value, index * 4)
    else if (type === 16) out.writeUInt16LE(value & 0xffff, index * 2)
    else {
      const at = index + (index >> 1)
      out.writeUInt16LE(out.readUInt16LE(at) | ((value & 0xfff) << ((index & 1) * 4)), at)
    }
  })
  return out
}

function contents(node: Node, layout: FatLayout, label: string): Piece[] {
  const fixedRoot = node.parent === undefined && layout.type !== 32
  const rootArea = layout.dataSector - (layout.rootEntries * directoryEntry.size) / sectorSize
  const offset = fixedRoot ? rootArea * sectorSize : clusterOffset(layout, node.cluster)
  return [{ offset, data: node.data ?? folderData(node, label) }]
}

function folderData(node: Node, label: string): Uint8Array {
  const short = shortNames(node.children.map(({ name }) => name))
  const special = (name: string, cluster: number) =>
    entryOf(Buffer.from(name.padEnd(11)), attribute.folder, cluster, 0)
  const head =
    node.parent === undefined
      ? [entryOf(Buffer.from(label.padEnd(11)), attribute.label, 0, 0)]
      : // A folder below the root names it as cluster 0, also where it has one (section 6.5).
        [
          special('.', node.cluster),
          special('..', node.parent.parent === undefined ? 0 : node.parent.cluster),
        ]
  const rows = node.children.flatMap((child) => {
    const name = short.get(child.name) ?? new Uint8Array()
    const kind = child.data === undefined ? attribute.folder : attribute.archive
    return [...longEntries(child.name, name), entryOf(name, kind, child.cluster, child.data?.length ?? 0)]
  })
  return Buffer.concat([...head, ...rows])
}

function entryOf(name: Uint8Array, attributes: number, cluster: number, size: number): Uint8Array {
  const times = { createdTenths: 0, createdTime: 0, createdDate: epoch, accessedDate: epoch }
  const place = { clusterHigh: cluster >>> 16, clusterLow: cluster & 0xffff, size }
  const written = { writtenTime: 0, writtenDate: epoch }
  return directoryEntry.encode({ name, attributes, lowerCase: 0, ...times, ...written, ...place })
}

/** 1980-01-01, the first day that FAT knows. */
const epoch = (1 << 5) | 1
