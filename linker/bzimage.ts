import { assertSize, bytes, size64, struct, u8, u16, u32, u64, viewOf } from '../base/struct.js'
import { type FlatImage, flattenKernel } from './flat-image.js'
import type { Image } from './image.js'
import { PAGE } from './layout-queries.js'
import { HEADER_SIZE, writePeHeader } from './pe.js'

/** A kernel for loaders that know Linux' boot protocol, UEFI, or nothing but sectors. */
export interface BzImage {
  /** 4096 bytes of header, then the flat kernel. Loaders of Linux take it as it is; UEFI firmware runs it as an application. */
  readonly bytes: Uint8Array
  /**
   * 440 bytes of BIOS boot code for a disk or CD that holds `bytes` in one piece from sector `lba` on, counted in 512
   * bytes also on a CD. They stand in front of the MBR's disk signature; the mark 55 AA at 510 is the caller's.
   * On a CD the same sector is the El Torito boot image (no emulation, one sector of 2048 bytes).
   */
  bootSector(lba: number): Uint8Array
}

/** The machine code of runtime-x86_64/loader. */
export interface BootLoader {
  /** setup.bin: the header's eight sectors. */
  readonly setup: Uint8Array
  /** boot-sector.bin */
  readonly bootSector: Uint8Array
}

/** `kernel` is linked with the entry `linux_start64`; with `efi_start` too, the file is also an EFI application. */
export function makeBzImage(kernel: Image, loader: BootLoader): BzImage {
  const flat = flattenKernel(kernel, HEADER_SIZE)
  const file = new Uint8Array(flat.bytes.buffer)
  file.set(loader.setup)
  protect(flat.bytes)
  const efi = kernel.symbols.find(({ name }) => name === 'efi_start')
  if (efi !== undefined) writePeHeader(file.subarray(0, HEADER_SIZE), flat, efi.address)
  writeSetupHeader(file, flat)
  return { bytes: file, bootSector: (lba) => patchBootSector(loader.bootSector, lba) }
}

const SECTOR = 512
const LOAD_ADDRESS = 0x10_0000

/** Linux, Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header", protocol 2.13. */
export const setupHeader = struct({
  setupSectors: u8,
  rootFlags: u16,
  kernelParagraphs: u32,
  ramSize: u16,
  videoMode: u16,
  rootDevice: u16,
  bootFlag: u16,
  jump: u16,
  magic: u32,
  version: u16,
  realModeSwitch: u32,
  startSegment: u16,
  kernelVersion: u16,
  loaderType: u8,
  loadFlags: u8,
  setupMoveSize: u16,
  code32Start: u32,
  ramdiskAddress: u32,
  ramdiskSize: u32,
  bootSectorHook: u32,
  heapEnd: u16,
  loaderVersion: u8,
  loaderTypeExtension: u8,
  commandLine: u32,
  ramdiskMaximum: u32,
  alignment: u32,
  isRelocatable: u8,
  minimumAlignment: u8,
  loadFlagsExtension: u16,
  commandLineSize: u32,
  subarchitecture: u32,
  subarchitectureData: u64,
  payloadOffset: u32,
  payloadSize: u32,
  setupData: u64,
  preferredAddress: size64,
  memorySize: u32,
  efiHandover: u32,
})
assertSize(setupHeader, 0x268 - 0x1f1)
export const SETUP_HEADER_AT = 0x1f1

export const HDRS = 0x53726448
const PROTOCOL_2_13 = 0x20d
const VIDEO_NORMAL = 0xffff
const LOADED_HIGH = 1
const KERNEL_64 = 1
/** setup.S: the version's name, counted from the header's second sector. */
const VERSION_AT = 0x278 - SECTOR

function writeSetupHeader(file: Uint8Array, flat: FlatImage): void {
  const view = viewOf(file)
  const jump = view.getUint16(SETUP_HEADER_AT + setupHeader.offsets.jump, true)
  setupHeader.write(view, SETUP_HEADER_AT, {
    ...ABSENT,
    setupSectors: HEADER_SIZE / SECTOR - 1,
    kernelParagraphs: (file.length - HEADER_SIZE) / 16,
    videoMode: VIDEO_NORMAL,
    bootFlag: 0xaa55,
    jump,
    magic: HDRS,
    version: PROTOCOL_2_13,
    kernelVersion: VERSION_AT,
    loadFlags: LOADED_HIGH,
    code32Start: LOAD_ADDRESS,
    ramdiskMaximum: 0x7fff_ffff,
    // It runs on any page below 4 GiB.
    alignment: PAGE,
    isRelocatable: 1,
    minimumAlignment: Math.log2(PAGE),
    loadFlagsExtension: KERNEL_64,
    commandLineSize: COMMAND_LINE_MAX,
    preferredAddress: LOAD_ADDRESS,
    memorySize: flat.memorySize,
  })
}

/** struct boot_info, without the NUL. */
const COMMAND_LINE_MAX = 4095

/** Left to loaders, or for kernels that have what we have not. */
const ABSENT = {
  rootFlags: 0,
  ramSize: 0,
  rootDevice: 0,
  realModeSwitch: 0,
  startSegment: 0,
  loaderType: 0,
  setupMoveSize: 0,
  ramdiskAddress: 0,
  ramdiskSize: 0,
  bootSectorHook: 0,
  heapEnd: 0,
  loaderVersion: 0,
  loaderTypeExtension: 0,
  commandLine: 0,
  subarchitecture: 0,
  subarchitectureData: 0n,
  payloadOffset: 0,
  payloadSize: 0,
  setupData: 0n,
  efiHandover: 0,
}

/** entry/linux.S: at the image's first byte. */
export const imageHead = struct({ jump: u32, magic: bytes(4), fileSize: u32, fileSum: u32 })

/** The kernel adds up its 32-bit words before it trusts them: they make 0. */
function protect(flat: Uint8Array): void {
  const view = viewOf(flat)
  if (new TextDecoder().decode(imageHead.decode(flat).magic) !== 'unik')
    throw new Error('the kernel was not linked with the entry linux_start64')
  const { fileSize, fileSum } = imageHead.offsets
  view.setUint32(fileSize, flat.length, true)
  let sum = 0
  for (let at = 0; at < flat.length; at += 4) sum = (sum + view.getUint32(at, true)) >>> 0
  view.setUint32(fileSum, (2 ** 32 - sum) % 2 ** 32, true)
}

const BOOT_CODE_SIZE = 440
const BOOT_CODE_SECTOR_AT = 436

function patchBootSector(code: Uint8Array, lba: number): Uint8Array {
  if (code.length !== BOOT_CODE_SIZE) throw new RangeError(`boot code of ${code.length} bytes`)
  const sector = code.slice()
  u32.write(viewOf(sector), BOOT_CODE_SECTOR_AT, lba)
  return sector
}
