import type { Struct } from '../../base/struct.js'
import { relocationEntry } from './relocation.js'
import { sectionHeader } from './section.js'
import { symbolEntry } from './symbol.js'

/**
 * The tables of an object are read in place, as rows of 32-bit words: an index of a file's `words` names a row, these say
 * where in it a field is. A link that has just started runs in the interpreter, where decoding a row into an object, or
 * one call of a DataView, costs more than all that is done with it. ELF for x86-64 is little-endian, as are Node's hosts.
 */
export const SECTION = wordsOf(sectionHeader)
export const SYMBOL = wordsOf(symbolEntry)
export const RELOCATION = wordsOf(relocationEntry)
export const SECTION_WORDS = sectionHeader.size / 4
export const SYMBOL_WORDS = symbolEntry.size / 4
export const RELOCATION_WORDS = relocationEntry.size / 4

function wordsOf<T extends object>({ offsets }: Struct<T>): { readonly [K in keyof T]: number } {
  const words = Object.entries(offsets as Record<string, number>).map(([name, at]) => [name, at / 4])
  return Object.fromEntries(words)
}

/** R_X86_64_NONE: a row that changes nothing. */
export const NONE = 0

/** A signed 64-bit field, exact up to 2^53. Nearly all fit 32 bits, for which no heap number has to be made. */
export function readLong(words: Int32Array, at: number): number {
  const low = words[at] as number
  const high = words[at + 1] as number
  return high === low >> 31 ? low : high * 2 ** 32 + (low >>> 0)
}

/** `info`, `other` and `section` of a symbol share the word behind its name. */
export function symbolMarks(words: Int32Array, row: number): number {
  return words[row + 1] as number
}
export const bindingOf = (marks: number): number => (marks >>> 4) & 15
export const typeOf = (marks: number): number => marks & 15
export const visibilityOf = (marks: number): number => (marks >>> 8) & 3
export const sectionOf = (marks: number): number => marks >>> 16
