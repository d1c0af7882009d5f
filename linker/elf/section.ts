import { assertSize, size64, struct, u32, u64, type ValueOf } from '../../base/struct.js'

/** ELF64 section header. System V gABI, chapter 4, "Sections". */
export const sectionHeader = struct({
  name: u32,
  type: u32,
  flags: size64,
  address: u64,
  offset: size64,
  size: size64,
  link: u32,
  info: u32,
  align: size64,
  entrySize: size64,
})
assertSize(sectionHeader, 64)
export type SectionHeader = ValueOf<typeof sectionHeader>

export const SHT = {
  NULL: 0,
  PROGBITS: 1,
  SYMTAB: 2,
  STRTAB: 3,
  RELA: 4,
  HASH: 5,
  DYNAMIC: 6,
  NOTE: 7,
  NOBITS: 8,
  REL: 9,
  DYNSYM: 11,
  INIT_ARRAY: 14,
  FINI_ARRAY: 15,
  PREINIT_ARRAY: 16,
  GROUP: 17,
  SYMTAB_SHNDX: 18,
  RELR: 19,
  GNU_VERDEF: 0x6ffffffd,
  GNU_VERSYM: 0x6fffffff,
  /** x86-64 psABI, 4.2.1: some assemblers give .eh_frame this type. */
  X86_64_UNWIND: 0x70000001,
} as const

export const SHF = {
  WRITE: 0x1,
  ALLOC: 0x2,
  EXECINSTR: 0x4,
  MERGE: 0x10,
  STRINGS: 0x20,
  INFO_LINK: 0x40,
  GROUP: 0x200,
  TLS: 0x400,
  COMPRESSED: 0x800,
  GNU_RETAIN: 0x200000,
} as const

/** First word of an SHT_GROUP section. */
export const GRP_COMDAT = 1
