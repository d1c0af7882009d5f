import { threadPointer } from './arch-x86-64.js'
import type { Link, LinkAddress, LinkSymbol } from './model.js'
import { mergedAddress, pointedOffset } from './pieces.js'
import { isSectionSymbol, type Relocation } from './relocations.js'

/** A symbol's final address, from layout on: where it was placed, what the linker computed, or the absolute value. */
export function addressOf(symbol: LinkSymbol): LinkAddress {
  // One that only its neighbours keep in the image was never asked for its section.
  const section = symbol.section ?? symbol.file?.sections[symbol.sectionIndex]
  if (section === undefined) return symbol.address
  if (section.pieces !== undefined) return mergedAddress(section.pieces, symbol.value)
  return (section.output?.address ?? 0) + section.offset + symbol.value
}

/** Where the thread pointer points, on the image's own scale: thread-local offsets count from there. */
export function threadPointerOf({ tls }: Link): LinkAddress {
  return tls === undefined ? 0 : threadPointer(tls.start, tls.memorySize, tls.align)
}

/** The S of a relocation, such that S + A is the place meant also where the addend chooses between merged strings. */
export function targetAddress(relocation: Relocation): LinkAddress {
  const { symbol, addend, section } = relocation
  const pieces = symbol.section?.pieces
  if (pieces === undefined) return addressOf(symbol)
  const merged = mergedAddress(pieces, pointedOffset(symbol, addend, section))
  return isSectionSymbol(symbol) ? merged - addend : merged
}
