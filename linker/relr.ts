/**
 * DT_RELR: relative relocations as bitmaps. gABI proposal "Relative relocations": an even word is the address of a word to
 * change; an odd word is a bitmap whose bits 1 to 63 stand for the 63 words that follow the last place covered.
 */
const WORD = 8
const BITS = 63

/** Addresses (even, ascending, without repetition) to table words of 64 bits, the lower half first. */
export function packRelr(addresses: Float64Array): Uint32Array {
  // At most a word of the table for each address.
  const words = new Uint32Array(2 * addresses.length)
  let count = 0
  let i = 0
  while (i < addresses.length) {
    const address = addresses[i++] as number
    words[count++] = address
    words[count++] = address / 2 ** 32
    let base = address + WORD
    for (;;) {
      let low = 1
      let high = 0
      for (; i < addresses.length; i++) {
        const distance = (addresses[i] as number) - base
        if (distance >= BITS * WORD || distance % WORD !== 0) break
        const bit = distance / WORD + 1
        if (bit < 32) low |= 1 << bit
        else high |= 1 << (bit - 32)
      }
      if (low === 1 && high === 0) break
      words[count++] = low
      words[count++] = high
      base += BITS * WORD
    }
  }
  return words.subarray(0, count)
}

/** What start code does with the table, as a list of the addresses that it changes. */
export function unpackRelr(words: Uint32Array): number[] {
  const addresses: number[] = []
  let base = 0
  for (let i = 0; i + 1 < words.length; i += 2) {
    const low = words[i] as number
    const high = words[i + 1] as number
    if (low % 2 === 0) {
      const address = high * 2 ** 32 + low
      addresses.push(address)
      base = address + WORD
      continue
    }
    for (let bit = 1; bit <= BITS; bit++) {
      const isSet = bit < 32 ? (low >>> bit) & 1 : (high >>> (bit - 32)) & 1
      if (isSet) addresses.push(base + (bit - 1) * WORD)
    }
    base += BITS * WORD
  }
  return addresses
}
