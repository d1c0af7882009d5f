import { assertSize, bytes, padding, size64, struct, text, u8, u16, u32, u64 } from '../../base/struct.js'

/** VMware Virtual Disk Format 1.1 and 5.0, "Hosted Sparse Extents". Places and lengths are in sectors. */
export const header = struct({
  magic: u32,
  version: u32,
  flags: u32,
  capacity: size64,
  grainSize: size64,
  descriptorOffset: size64,
  descriptorSize: size64,
  tableEntries: u32,
  redundantDirectory: size64,
  directory: u64,
  overhead: size64,
  unclean: u8,
  /** Told apart what a transfer as text had changed. */
  lineEnds: text(4),
  compression: u16,
  reserved: padding(433),
})
export const sector = 512
assertSize(header, sector)

/** What stands between the grains of a stream: a table, the directory, the footer, or the end, by type. */
export const marker = struct({ sectors: size64, size: u32, type: u32, rest: bytes(496) })
assertSize(marker, sector)
export const markerTypes = { end: 0, table: 1, directory: 2, footer: 3 }
/** Before a grain's zlib stream, which follows at once. */
export const grainHeader = struct({ sector: size64, size: u32 })

export const magic = 0x564d444b // "KDMV"
export const lineEnds = '\n \r\n'
/** The directory's place stands in the footer. */
export const directoryAtEnd = 0xffffffffffffffffn
export const flags = { lineEnds: 1, redundantDirectory: 2, compressed: 0x10000, markers: 0x20000 }
export const deflated = 1

export const grainSectors = 128
export const grainSize = grainSectors * sector
export const tableEntries = 512
export const tableSectors = (tableEntries * 4) / sector
/** The text that describes the disk, in the file's own first sectors. */
export const descriptorPlace = { offset: 1, sectors: 20 }

export type CreateType = 'streamOptimized' | 'monolithicSparse'

/** The descriptor; `contentId` is eight hexadecimal digits that change with the content. */
export function writeDescriptor(
  type: CreateType,
  file: string,
  sectors: number,
  contentId: string,
): Uint8Array {
  const [heads, track] = [255, 63]
  const lines = [
    '# Disk DescriptorFile',
    'version=1',
    `CID=${contentId}`,
    'parentCID=ffffffff',
    `createType="${type}"`,
    '',
    '# Extent description',
    `RW ${sectors} SPARSE "${file}"`,
    '',
    '# The Disk Data Base',
    '#DDB',
    '',
    'ddb.adapterType = "lsilogic"',
    `ddb.geometry.cylinders = "${Math.max(1, Math.floor(sectors / heads / track))}"`,
    `ddb.geometry.heads = "${heads}"`,
    `ddb.geometry.sectors = "${track}"`,
    'ddb.virtualHWVersion = "13"',
    '',
  ]
  return new TextEncoder().encode(lines.join('\n'))
}
