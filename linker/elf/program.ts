import { assertSize, size64, struct, u32, u64, type ValueOf } from '../../base/struct.js'

/** ELF64 program header. System V gABI, chapter 5, "Program Header". */
export const programHeader = struct({
  type: u32,
  flags: u32,
  offset: size64,
  address: u64,
  physicalAddress: u64,
  fileSize: size64,
  memorySize: size64,
  align: size64,
})
assertSize(programHeader, 56)
export type ProgramHeader = ValueOf<typeof programHeader>

export const PT = {
  LOAD: 1,
  DYNAMIC: 2,
  NOTE: 4,
  TLS: 7,
  GNU_STACK: 0x6474e551,
  GNU_RELRO: 0x6474e552,
} as const

export const PF = { X: 1, W: 2, R: 4 } as const
