/** A function of the kernel, from the `.symbols` file beside an image. */
export interface KernelSymbol {
  readonly address: bigint
  readonly size: bigint
  readonly name: string
}

/** Reads "address size name" lines (hexadecimal, decimal, text), sorted by address. */
export function parseSymbols(text: string): KernelSymbol[] {
  return text
    .split('\n')
    .map((line) => /^([0-9a-f]+) (\d+) (\S+)$/.exec(line))
    .filter((match) => match !== null)
    .map((match) => ({ address: BigInt(`0x${match[1]}`), size: BigInt(match[2] ?? 0), name: match[3] ?? '' }))
    .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0))
}

/**
 * A panic record's value (`SLIDE,RIP,RETURN,…` in hex) as a backtrace, innermost first: `  name+0x12`.
 * Return addresses point behind the call, so the caller is looked up one byte earlier.
 */
export function backtrace(value: string, symbols: readonly KernelSymbol[]): string[] {
  const [slide = 0n, ...addresses] = value
    .split(',')
    .filter((word) => /^[0-9a-f]+$/.test(word))
    .map((word) => BigInt(`0x${word}`))
  return addresses.map((address, depth) => {
    const linked = address - slide
    const symbol = find(symbols, depth === 0 ? linked : linked - 1n)
    const plain = `0x${address.toString(16)}`
    return symbol === undefined
      ? `  ${plain}`
      : `  ${symbol.name}+0x${(linked - symbol.address).toString(16)}  (${plain})`
  })
}

function find(symbols: readonly KernelSymbol[], address: bigint): KernelSymbol | undefined {
  let low = 0
  let high = symbols.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((symbols[middle]?.address ?? 0n) <= address) low = middle + 1
    else high = middle
  }
  const symbol = symbols[low - 1]
  return symbol !== undefined && address < symbol.address + symbol.size ? symbol : undefined
}
