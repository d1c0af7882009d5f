import { assertSize, struct, u16, u32, u64 } from '../../base/struct.js'

/** System V gABI, chapter 5, "Dynamic Section". */
export const dynamicEntry = struct({ tag: u64, value: u64 })
assertSize(dynamicEntry, 16)

export const DT = {
  NULL: 0,
  HASH: 4,
  STRTAB: 5,
  SYMTAB: 6,
  RELA: 7,
  RELASZ: 8,
  RELAENT: 9,
  STRSZ: 10,
  SYMENT: 11,
  SONAME: 14,
  RELRSZ: 35,
  RELR: 36,
  RELRENT: 37,
  VERSYM: 0x6ffffff0,
  RELACOUNT: 0x6ffffff9,
  FLAGS_1: 0x6ffffffb,
  VERDEF: 0x6ffffffc,
  VERDEFNUM: 0x6ffffffd,
} as const

/** DT_FLAGS_1: an executable, not a library. */
export const DF_1_PIE = 0x08000000

/** Symbol version definition (Elf64_Verdef), followed by its names. LSB, "Symbol Versioning". */
export const versionDefinition = struct({
  version: u16,
  flags: u16,
  index: u16,
  nameCount: u16,
  hash: u32,
  /** Distances in bytes from the start of this definition. */
  names: u32,
  next: u32,
})
assertSize(versionDefinition, 20)

/** One name of a version definition (Elf64_Verdaux). */
export const versionName = struct({ name: u32, next: u32 })
assertSize(versionName, 8)

export const VER_FLG_BASE = 1
