import {
  assertSize,
  bytes,
  type Field,
  padding,
  struct,
  text,
  u8,
  u16,
  u16be,
  u32,
  u32be,
} from '../../base/struct.js'

/** Structures of ISO 9660 (ECMA-119, 4th edition) and of El Torito ("Bootable CD-ROM Format Specification" 1.0). */
export const sectorSize = 2048

/** A number stored little-endian, then big-endian (7.2.3, 7.3.3). */
const both16 = both(u16, u16be)
const both32 = both(u32, u32be)

/** 8.4.26.1: no time given. */
const noTime = `${'0'.repeat(16)}\0`
const time = text(17)

/** A folder's entry; the name follows, and a byte when that makes the length even (9.1). */
export const directoryRecord = struct({
  length: u8,
  extendedLength: u8,
  sector: both32,
  size: both32,
  year: u8,
  month: u8,
  day: u8,
  timeOfDay: bytes(4),
  flags: u8,
  unitSize: u8,
  gapSize: u8,
  volumeNumber: both16,
  nameLength: u8,
})
assertSize(directoryRecord, 33)
export const folderFlag = 2

/** 8.4 */
export const primaryDescriptor = struct({
  type: u8,
  standard: text(5),
  version: u8,
  unused: padding(1),
  systemName: text(32, ' '),
  volumeName: text(32, ' '),
  unused2: padding(8),
  sectors: both32,
  unused3: padding(32),
  setSize: both16,
  setNumber: both16,
  blockSize: both16,
  pathTableSize: both32,
  pathTable: u32,
  optionalPathTable: u32,
  pathTableBig: u32be,
  optionalPathTableBig: u32be,
  root: bytes(34),
  setName: text(128, ' '),
  publisher: text(128, ' '),
  preparer: text(128, ' '),
  application: text(128, ' '),
  copyrightFile: text(37, ' '),
  abstractFile: text(37, ' '),
  bibliographyFile: text(37, ' '),
  created: time,
  modified: time,
  expires: time,
  effective: time,
  structureVersion: u8,
  reserved: padding(1),
  applicationUse: padding(512),
  reserved2: padding(653),
})
assertSize(primaryDescriptor, sectorSize)
export const descriptor = { standard: 'CD001', boot: 0, primary: 1, end: 255 }
export const times = { created: noTime, modified: noTime, expires: noTime, effective: noTime }

/** Points at El Torito's catalogue (its section 7.0). */
export const bootDescriptor = struct({
  type: u8,
  standard: text(5),
  version: u8,
  system: text(32),
  unused: padding(32),
  catalogue: u32,
})
export const elTorito = 'EL TORITO SPECIFICATION'

/** Section 2.1: the sum of its 16-bit words is 0. */
export const validationEntry = struct({
  header: u8,
  platform: u8,
  reserved: padding(2),
  maker: text(24),
  checksum: u16,
  mark: u16,
})
/** Section 2.3. */
export const sectionHeader = struct({ header: u8, platform: u8, entries: u16, name: text(28) })
/** Sections 2.2 and 2.4: where an image is, and how many sectors of 512 bytes the firmware loads. */
export const bootEntry = struct({
  bootable: u8,
  medium: u8,
  segment: u16,
  systemType: u8,
  reserved: padding(1),
  sectors: u16,
  start: u32,
  selection: padding(20),
})
for (const entry of [validationEntry, sectionHeader, bootEntry]) assertSize(entry, 32)
export const platforms = { bios: 0, efi: 0xef }
export const validationMark = 0xaa55
export const headerId = { validation: 1, bootable: 0x88, section: 0x90, lastSection: 0x91 }

function both(little: Field<number>, big: Field<number>): Field<number> {
  return {
    size: little.size + big.size,
    read: (view, offset) => little.read(view, offset),
    write(view, offset, value) {
      little.write(view, offset, value)
      big.write(view, offset + little.size, value)
    },
  }
}
