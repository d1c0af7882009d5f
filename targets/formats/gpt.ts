import {
  array,
  assertSize,
  bytes,
  padding,
  size64,
  struct,
  u8,
  u16,
  u32,
  type ValueOf,
} from '../../base/struct.js'
import { UserError } from '../../base/user-error.js'
import { type ByteSource, readWithin } from './byte-source.js'
import { crc32 } from './crc32.js'
import { guid } from './guid.js'
import type { Piece } from './sparse-image.js'

/** GUID partition table (UEFI 2.10, chapter 5): protective MBR, header and array at the start, array and header at the end. */
export interface Gpt {
  readonly diskId: string
  readonly partitions: readonly Partition[]
}

export interface Partition {
  readonly type: string
  readonly id: string
  /** At most 36 UTF-16 units. */
  readonly name: string
  /** First and last sector of 512 bytes. */
  readonly first: number
  readonly last: number
}

export const sectorSize = 512
/** Sectors at either end that the tables take; at the start with the MBR. */
export const tableSectors = { start: 34, end: 33 }

export const partitionTypes = {
  /** EFI system partition: a FAT volume whose \EFI\BOOT\BOOTX64.EFI the firmware starts. */
  efiSystem: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  /** Linux's general type, which no other system touches. */
  linuxData: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
}

const chs = struct({ head: u8, sector: u8, cylinder: u8 })
const mbrEntry = struct({ status: u8, start: chs, type: u8, end: chs, firstSector: u32, sectors: u32 })
assertSize(mbrEntry, 16)
const mbr = struct({
  code: bytes(440),
  signature: u32,
  unknown: u16,
  entries: array(4, mbrEntry),
  mark: u16,
})
assertSize(mbr, sectorSize)
/** Bytes at the start of the disk that a BIOS runs, and that no table uses. */
export const bootCodeSize = mbr.offsets.signature

const header = struct({
  signature: bytes(8),
  revision: u32,
  headerSize: u32,
  headerCrc: u32,
  reserved: padding(4),
  ownLba: size64,
  otherLba: size64,
  firstUsable: size64,
  lastUsable: size64,
  diskId: guid,
  arrayLba: size64,
  entryCount: u32,
  entrySize: u32,
  arrayCrc: u32,
})
assertSize(header, 92)
const entry = struct({
  type: guid,
  id: guid,
  first: size64,
  last: size64,
  attributes: size64,
  name: bytes(72),
})
assertSize(entry, 128)

const signature = new TextEncoder().encode('EFI PART')
const unused = '00000000-0000-0000-0000-000000000000'
const entryCount = 128
const mbrMark = 0xaa55
const protective = 0xee

/** The tables of a disk of so many sectors, and the code that a BIOS starts, as pieces of the disk. */
export function writeGpt(gpt: Gpt, sectors: number, bootCode: Uint8Array = new Uint8Array()): Piece[] {
  const last = sectors - 1
  const arrayBytes = writeEntries(gpt.partitions)
  const usable = { first: tableSectors.start, last: last - tableSectors.end }
  checkPlaces(gpt.partitions, usable)
  const writeHeader = (ownLba: number, otherLba: number, arrayLba: number) => {
    const value = {
      signature,
      revision: 0x00010000,
      headerSize: header.size,
      headerCrc: 0,
      ownLba,
      otherLba,
      firstUsable: usable.first,
      lastUsable: usable.last,
      diskId: gpt.diskId,
      arrayLba,
      entryCount,
      entrySize: entry.size,
      arrayCrc: crc32(arrayBytes),
    }
    return header.encode({ ...value, headerCrc: crc32(header.encode(value)) })
  }
  return [
    { offset: 0, data: writeMbr(sectors, bootCode) },
    { offset: sectorSize, data: writeHeader(1, last, 2) },
    { offset: 2 * sectorSize, data: arrayBytes },
    { offset: (usable.last + 1) * sectorSize, data: arrayBytes },
    { offset: last * sectorSize, data: writeHeader(last, 1, usable.last + 1) },
  ]
}

/** Reads and checks the table at the start, or, when that is damaged, the one at the end. */
export function readGpt(source: ByteSource): Gpt {
  if (source.size < (tableSectors.start + tableSectors.end) * sectorSize) throw notGpt('it is too small')
  const { mark, entries } = mbr.decode(source.read(0, mbr.size))
  if (mark !== mbrMark || !entries.some(({ type }) => type === protective))
    throw notGpt('it has no protective MBR')
  try {
    return readTable(source, 1)
  } catch (error) {
    try {
      return readTable(source, Math.floor(source.size / sectorSize) - 1)
    } catch {
      throw error // the first table's fault tells more than that the second is damaged too
    }
  }
}

// The whole disk as one partition of a type that older systems leave alone (5.2.3).
function writeMbr(sectors: number, code: Uint8Array): Uint8Array {
  const none = { head: 0, sector: 0, cylinder: 0 }
  const empty = { status: 0, start: none, type: 0, end: none, firstSector: 0, sectors: 0 }
  const whole = {
    status: 0,
    start: { head: 0, sector: 2, cylinder: 0 },
    type: protective,
    end: { head: 0xff, sector: 0xff, cylinder: 0xff },
    firstSector: 1,
    sectors: Math.min(sectors - 1, 0xffffffff),
  }
  return mbr.encode({ code, signature: 0, unknown: 0, entries: [whole, empty, empty, empty], mark: mbrMark })
}

function writeEntries(partitions: readonly Partition[]): Uint8Array {
  const out = new Uint8Array(entryCount * entry.size)
  partitions.forEach(({ name, ...rest }, index) => {
    const value = { ...rest, attributes: 0, name: Buffer.from(name, 'utf16le') }
    out.set(entry.encode(value), index * entry.size)
  })
  return out
}

function checkPlaces(partitions: readonly Partition[], usable: { first: number; last: number }): void {
  let free = usable.first
  for (const { name, first, last } of [...partitions].sort((a, b) => a.first - b.first)) {
    if (first < free || last < first || last > usable.last)
      throw new Error(`partition ${name}, sectors ${first} to ${last}, has no place there`)
    free = last + 1
  }
}

function readTable(source: ByteSource, lba: number): Gpt {
  try {
    return readTableAt(source, lba)
  } catch (error) {
    if (error instanceof RangeError) throw notGpt('a number is out of range')
    throw error
  }
}

function readTableAt(source: ByteSource, lba: number): Gpt {
  const raw = readWithin(source, lba * sectorSize, sectorSize)
  const found = header.decode(raw)
  if (!Buffer.from(found.signature).equals(signature)) throw notGpt(`sector ${lba} holds no header`)
  if (found.headerSize < header.size || found.headerSize > sectorSize)
    throw notGpt('the header has a wrong size')
  const checked = raw.slice(0, found.headerSize)
  checked.fill(0, header.offsets.headerCrc, header.offsets.headerCrc + 4)
  if (crc32(checked) !== found.headerCrc) throw notGpt("the header's checksum is wrong")
  if (found.ownLba !== lba) throw notGpt('the header is in a place that is not its own')
  return { diskId: found.diskId, partitions: readEntries(source, found) }
}

function readEntries(source: ByteSource, found: ValueOf<typeof header>): Partition[] {
  const { entrySize } = found
  if (entrySize < entry.size || entrySize > 4096 || found.entryCount > 1024)
    throw notGpt('the partition array has a wrong size')
  const all = readWithin(source, found.arrayLba * sectorSize, found.entryCount * entrySize)
  if (crc32(all) !== found.arrayCrc) throw notGpt("the partition array's checksum is wrong")
  return Array.from({ length: found.entryCount }, (_, index) => entry.decode(all, index * entrySize))
    .filter(({ type }) => type !== unused)
    .map(({ type, id, first, last, name }) => {
      if (last < first || (last + 1) * sectorSize > source.size)
        throw notGpt('a partition lies beyond the end of the disk')
      return { type, id, first, last, name: Buffer.from(name).toString('utf16le').replace(/\0.*$/s, '') }
    })
}

function notGpt(why: string): UserError {
  return new UserError(`not a disk with a GUID partition table: ${why}`)
}
