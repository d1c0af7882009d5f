/**
 * A signed 64-bit field as a number, exact up to 2^53. Nearly all fit 32 bits; for those no arithmetic is done, which
 * would make a heap number of each.
 */
export function readSigned64(view: DataView, offset: number): number {
  const low = view.getInt32(offset, true)
  const high = view.getInt32(offset + 4, true)
  return high === low >> 31 ? low : high * 2 ** 32 + (low >>> 0)
}
