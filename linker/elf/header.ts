import { assertSize, padding, size64, struct, u8, u16, u32, u64, type ValueOf } from '../../base/struct.js'

/** ELF64 file header. System V gABI, chapter 4, "ELF header". */
export const fileHeader = struct({
  magic: u32,
  class: u8,
  data: u8,
  identVersion: u8,
  osAbi: u8,
  abiVersion: u8,
  unused: padding(7),
  type: u16,
  machine: u16,
  version: u32,
  entry: u64,
  programHeaders: size64,
  sectionHeaders: size64,
  flags: u32,
  headerSize: u16,
  programHeaderSize: u16,
  programHeaderCount: u16,
  sectionHeaderSize: u16,
  sectionHeaderCount: u16,
  sectionNames: u16,
})
assertSize(fileHeader, 64)
export type FileHeader = ValueOf<typeof fileHeader>

/** 0x7f 'E' 'L' 'F' */
export const ELF_MAGIC = 0x464c457f
export const ELFCLASS64 = 2
export const ELFDATA2LSB = 1
/** Said by objects that use GNU's extensions, SHF_GNU_RETAIN among them. */
export const ELFOSABI_GNU = 3
export const EV_CURRENT = 1
export const ET = { REL: 1, EXEC: 2, DYN: 3 } as const
export const EM_X86_64 = 62
