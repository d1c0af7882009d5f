import { assertSize, size64, struct, u8, u16, u32, u64 } from '../../base/struct.js'

/** ELF64 symbol. System V gABI, chapter 4, "Symbol Table". */
export const symbolEntry = struct({
  name: u32,
  /** Binding in the upper, type in the lower four bits. */
  info: u8,
  /** Visibility in the lower two bits. */
  other: u8,
  section: u16,
  value: u64,
  size: size64,
})
assertSize(symbolEntry, 24)

export const STB = { LOCAL: 0, GLOBAL: 1, WEAK: 2, GNU_UNIQUE: 10 } as const
export const STT = {
  NOTYPE: 0,
  OBJECT: 1,
  FUNC: 2,
  SECTION: 3,
  FILE: 4,
  COMMON: 5,
  TLS: 6,
  GNU_IFUNC: 10,
} as const
export const STV = { DEFAULT: 0, INTERNAL: 1, HIDDEN: 2, PROTECTED: 3 } as const
export const SHN = { UNDEF: 0, LORESERVE: 0xff00, ABS: 0xfff1, COMMON: 0xfff2, XINDEX: 0xffff } as const
