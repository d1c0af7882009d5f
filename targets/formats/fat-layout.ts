import { assertSize, bytes, padding, struct, text, u8, u16, u32, type ValueOf } from '../../base/struct.js'

/** The boot sector of a FAT volume and the areas that it describes (Microsoft FAT specification 1.03, section 3). */
const common = {
  jump: bytes(3),
  system: text(8, ' '),
  sectorSize: u16,
  clusterSectors: u8,
  reservedSectors: u16,
  fatCount: u8,
  rootEntries: u16,
  sectors16: u16,
  media: u8,
  fatSectors16: u16,
  trackSectors: u16,
  heads: u16,
  hiddenSectors: u32,
  sectors32: u32,
}
const extended = {
  drive: u8,
  reserved: padding(1),
  bootSignature: u8,
  serial: u32,
  label: text(11, ' '),
  typeName: text(8, ' '),
}
/** FAT12 and FAT16. */
export const bootSector = struct({ ...common, ...extended, code: bytes(448), mark: u16 })
export const bootSector32 = struct({
  ...common,
  fatSectors32: u32,
  flags: u16,
  version: u16,
  rootCluster: u32,
  infoSector: u16,
  backupSector: u16,
  reserved2: padding(12),
  ...extended,
  code: bytes(420),
  mark: u16,
})
export const infoSector = struct({
  lead: u32,
  reserved: padding(480),
  signature: u32,
  freeClusters: u32,
  nextFree: u32,
  reserved2: padding(12),
  trail: u32,
})
assertSize(bootSector, 512)
assertSize(bootSector32, 512)
assertSize(infoSector, 512)

export type FatType = 12 | 16 | 32

export const sectorSize = 512
export const fatCount = 2
export const bootMark = 0xaa55

/** Where the areas of a volume are, in sectors of 512 bytes. */
export interface FatLayout {
  readonly type: FatType
  readonly sectors: number
  readonly clusterSectors: number
  /** Before the first FAT. */
  readonly reservedSectors: number
  readonly fatSectors: number
  /** Of the root folder's fixed area; 0 for FAT32, whose root is a file. */
  readonly rootEntries: number
  readonly dataSector: number
  readonly clusters: number
}

/** Section 3.5: nothing but the number of clusters says which of the three it is. */
export function typeOf(clusters: number): FatType {
  return clusters < 4085 ? 12 : clusters < 65525 ? 16 : 32
}

/** A volume of exactly this size, or undefined when so many clusters would not make it that type. */
export function layoutOf(type: FatType, sectors: number, clusterSectors: number): FatLayout | undefined {
  const rootEntries = type === 32 ? 0 : 512
  const rootSectors = (rootEntries * 32) / sectorSize
  const leastReserved = type === 32 ? 32 : 1
  for (let fatSectors = 1; ; fatSectors++) {
    // The data starts at a multiple of the cluster size, so that a cluster lies in whole blocks of what is below.
    const before = fatCount * fatSectors + rootSectors
    const dataSector = alignUp(leastReserved + before, clusterSectors)
    const clusters = Math.floor((sectors - dataSector) / clusterSectors)
    if (clusters < 1 || typeOf(clusters) < type) return undefined
    if (fatBytes(type, clusters) > fatSectors * sectorSize) {
      fatSectors = Math.ceil(fatBytes(type, clusters) / sectorSize) - 1
      continue
    }
    if (typeOf(clusters) !== type) return undefined
    const reservedSectors = dataSector - before
    return { type, sectors, clusterSectors, reservedSectors, fatSectors, rootEntries, dataSector, clusters }
  }
}

/** The smallest volume with room for so many clusters. */
export function smallestLayout(clustersNeeded: (clusterSectors: number) => number, least: number): FatLayout {
  for (let clusterSectors = least; clusterSectors <= 64; clusterSectors *= 2) {
    const clusters = clustersNeeded(clusterSectors)
    const type = typeOf(clusters)
    if (type === 32 && clusterSectors < 8) continue
    const overhead = 64 + fatCount * Math.ceil(fatBytes(type, clusters) / sectorSize + 1)
    const found = layoutOf(
      type,
      alignUp(overhead + clusters * clusterSectors, clusterSectors),
      clusterSectors,
    )
    if (found !== undefined && found.clusters >= clusters) return found
  }
  throw new Error('the files do not fit a FAT volume')
}

/** What a boot sector says, when it can be that of a FAT volume. */
export function layoutFrom(sector: Uint8Array): FatLayout | undefined {
  const value: ValueOf<typeof bootSector32> = bootSector32.decode(sector)
  const { clusterSectors, reservedSectors, rootEntries } = value
  const fatSectors = value.fatSectors16 || value.fatSectors32
  const sectors = value.sectors16 || value.sectors32
  const dataSector =
    reservedSectors + value.fatCount * fatSectors + Math.ceil((rootEntries * 32) / sectorSize)
  const isPower = clusterSectors > 0 && (clusterSectors & (clusterSectors - 1)) === 0
  if (value.mark !== bootMark || value.sectorSize !== sectorSize || !isPower) return undefined
  if (reservedSectors === 0 || value.fatCount === 0 || fatSectors === 0 || sectors <= dataSector)
    return undefined
  const clusters = Math.floor((sectors - dataSector) / clusterSectors)
  const type = typeOf(clusters)
  if (fatBytes(type, clusters) > fatSectors * sectorSize || (type === 32) !== (rootEntries === 0))
    return undefined
  return { type, sectors, clusterSectors, reservedSectors, fatSectors, rootEntries, dataSector, clusters }
}

/** Byte of the volume at which a cluster starts; the first is number 2. */
export function clusterOffset(layout: FatLayout, cluster: number): number {
  return (layout.dataSector + (cluster - 2) * layout.clusterSectors) * sectorSize
}

function fatBytes(type: FatType, clusters: number): number {
  return Math.ceil(((clusters + 2) * type) / 8)
}

function alignUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit
}
