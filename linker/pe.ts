import { array, assertSize, bytes, padding, struct, text, u8, u16, u32, u64, viewOf } from '../base/struct.js'
import type { FlatImage, FlatPart } from './flat-image.js'
import type { Address } from './image.js'
import { PAGE } from './layout-queries.js'

/** What PE keeps of the DOS header: the mark, and where the PE header is. Microsoft PE/COFF, 2.1 and 2.2. */
export const dosHeader = struct({ mark: u16, unused: padding(58), peHeader: u32 })
assertSize(dosHeader, 64)
/** 'M' 'Z' */
export const DOS_MARK = 0x5a4d

/** Signature, COFF file header and the optional header of a PE32+ image. Microsoft PE/COFF, 2.2 to 2.4. */
export const peHeader = struct({
  signature: u32,
  machine: u16,
  sectionCount: u16,
  timeStamp: u32,
  symbolTable: u32,
  symbolCount: u32,
  optionalHeaderSize: u16,
  characteristics: u16,
  magic: u16,
  linkerMajor: u8,
  linkerMinor: u8,
  codeSize: u32,
  initializedDataSize: u32,
  uninitializedDataSize: u32,
  entry: u32,
  codeBase: u32,
  imageBase: u64,
  sectionAlignment: u32,
  fileAlignment: u32,
  systemVersion: u32,
  imageMajor: u16,
  imageMinor: u16,
  subsystemVersion: u32,
  win32Version: u32,
  imageSize: u32,
  headersSize: u32,
  checksum: u32,
  subsystem: u16,
  dllCharacteristics: u16,
  stackReserve: u64,
  stackCommit: u64,
  heapReserve: u64,
  heapCommit: u64,
  loaderFlags: u32,
  directoryCount: u32,
  /** Pairs of address and size. Firmware needs none of them; a signature goes into the fifth. */
  directories: array(16, bytes(8)),
})
assertSize(peHeader, 24 + 240)

/** Microsoft PE/COFF, 3 "Section Table". */
export const peSection = struct({
  name: text(8),
  memorySize: u32,
  address: u32,
  fileSize: u32,
  fileOffset: u32,
  relocations: u32,
  lineNumbers: u32,
  relocationCount: u16,
  lineNumberCount: u16,
  characteristics: u32,
})
assertSize(peSection, 40)

/** 'P' 'E' 0 0 */
export const PE_SIGNATURE = 0x4550
export const PE32_PLUS = 0x20b
export const IMAGE_FILE_MACHINE_AMD64 = 0x8664
export const IMAGE_SUBSYSTEM_EFI_APPLICATION = 10
/** The image names no relocations because it needs none: it moves itself. Nothing may be said to be stripped. */
const EXECUTABLE_IMAGE_LARGE_ADDRESS_AWARE = 0x22
const DYNAMIC_BASE_NX_COMPAT = 0x140

const SECTIONS: Readonly<Record<FlatPart['access'], { name: string; characteristics: number }>> = {
  execute: { name: '.text', characteristics: 0x60000020 }, // code, execute, read
  read: { name: '.rodata', characteristics: 0x40000040 }, // initialized data, read
  write: { name: '.data', characteristics: 0xc0000040 }, // initialized data, read, write
}

/** Before the flat image stands one page of headers, so an offset in the file is the address that it has in an EFI image. */
export const HEADER_SIZE = PAGE
/** The Linux setup header begins at 0x1f1: up to there the PE header and the section table have room. */
const PE_HEADER_AT = 0x40
const PE_HEADER_LIMIT = 0x1f1

/** Makes the page of headers before `flat` that of an EFI application which starts at `entry`. Leaves bytes from 0x1f1 on alone. */
export function writePeHeader(header: Uint8Array, flat: FlatImage, entry: Address): void {
  const size = peHeader.size + flat.parts.length * peSection.size
  if (PE_HEADER_AT + size > PE_HEADER_LIMIT)
    throw new Error('the section table runs into the Linux setup header')
  const view = viewOf(header)
  dosHeader.write(view, 0, { mark: DOS_MARK, peHeader: PE_HEADER_AT })
  peHeader.write(view, PE_HEADER_AT, describeImage(flat, HEADER_SIZE + Number(entry - flat.base)))
  flat.parts.forEach((part, i) => {
    peSection.write(view, PE_HEADER_AT + peHeader.size + i * peSection.size, describeSection(part))
  })
}

function describeImage({ parts, memorySize }: FlatImage, entry: number) {
  const codeSize = sizeOf(parts, 'execute')
  const code = parts.find(({ access }) => access === 'execute')
  return {
    signature: PE_SIGNATURE,
    machine: IMAGE_FILE_MACHINE_AMD64,
    sectionCount: parts.length,
    timeStamp: 0,
    symbolTable: 0,
    symbolCount: 0,
    optionalHeaderSize: 240,
    characteristics: EXECUTABLE_IMAGE_LARGE_ADDRESS_AWARE,
    magic: PE32_PLUS,
    linkerMajor: 0,
    linkerMinor: 0,
    codeSize,
    initializedDataSize: sizeOf(parts, 'read') + sizeOf(parts, 'write'),
    uninitializedDataSize: 0,
    entry,
    codeBase: HEADER_SIZE + (code?.offset ?? 0),
    imageBase: 0n,
    sectionAlignment: PAGE,
    fileAlignment: PAGE,
    systemVersion: 0,
    imageMajor: 0,
    imageMinor: 0,
    subsystemVersion: 0,
    win32Version: 0,
    imageSize: HEADER_SIZE + memorySize,
    headersSize: HEADER_SIZE,
    checksum: 0,
    subsystem: IMAGE_SUBSYSTEM_EFI_APPLICATION,
    dllCharacteristics: DYNAMIC_BASE_NX_COMPAT,
    stackReserve: 0n,
    stackCommit: 0n,
    heapReserve: 0n,
    heapCommit: 0n,
    loaderFlags: 0,
    directoryCount: 16,
    directories: Array.from({ length: 16 }, () => new Uint8Array(8)),
  }
}

function describeSection({ access, offset, fileSize, memorySize }: FlatPart) {
  const at = HEADER_SIZE + offset
  return {
    ...SECTIONS[access],
    memorySize,
    address: at,
    fileSize,
    fileOffset: at,
    relocations: 0,
    lineNumbers: 0,
    relocationCount: 0,
    lineNumberCount: 0,
  }
}

/** In the file. */
function sizeOf(parts: readonly FlatPart[], wanted: FlatPart['access']): number {
  return parts.filter(({ access }) => access === wanted).reduce((sum, { fileSize }) => sum + fileSize, 0)
}
