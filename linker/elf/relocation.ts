import { assertSize, i64, struct, u32, u64 } from '../../base/struct.js'

/** ELF64 relocation with addend. `info` of the gABI is, little-endian, the type followed by the symbol's index. */
export const relocationEntry = struct({ offset: u64, type: u32, symbol: u32, addend: i64 })
assertSize(relocationEntry, 24)
