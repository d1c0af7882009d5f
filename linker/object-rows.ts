import { UserError } from '../base/user-error.js'
import { decodeNames, nameAt } from './elf/names.js'
import { readLong, SECTION, SECTION_WORDS } from './elf/rows.js'
import { SHT } from './elf/section.js'
import type { ObjectFile } from './model.js'

/** Section headers of an object, each checked when it is first used. */
export type SectionTable = Pick<ObjectFile, 'name' | 'bytes' | 'words' | 'sectionTable' | 'sectionCount'>

export function sectionRow(file: SectionTable, index: number): number {
  return file.sectionTable + index * SECTION_WORDS
}

export function sectionType(file: SectionTable, index: number): number {
  return file.words[sectionRow(file, index) + SECTION.type] as number
}

export interface Extent {
  /** File offset and size in bytes. */
  readonly start: number
  readonly size: number
}

/** Where a section is. What has no contents may claim any place. */
export function extentOf(file: SectionTable, index: number): Extent {
  const row = sectionRow(file, index)
  const start = readLong(file.words, row + SECTION.offset)
  const size = readLong(file.words, row + SECTION.size)
  const isInFile = file.words[row + SECTION.type] !== SHT.NOBITS
  if (size < 0 || size > MOST || (isInFile && (start < 0 || start + size > file.bytes.length)))
    fail(file, `it is truncated: section ${index} ends beyond the file`)
  return { start, size }
}

/** More than any section can hold here, .bss included. */
const MOST = 2 ** 40

/** A section that is a table, as its first row and the number of its rows, of `rowWords` words each. */
export function tableOf(
  file: SectionTable,
  index: number,
  rowWords: number,
): { readonly first: number; readonly count: number } | undefined {
  const { start, size } = extentOf(file, index)
  const count = size / (4 * rowWords)
  return start % 4 === 0 && Number.isInteger(count) ? { first: start / 4, count } : undefined
}

/** Decodes the name table with section index `index`. */
export function namesOf(file: SectionTable, index: number): string {
  if (index >= file.sectionCount || sectionType(file, index) !== SHT.STRTAB)
    fail(file, `section ${index} is no name table`)
  const { start, size } = extentOf(file, index)
  return decodeNames(file.bytes.subarray(start, start + size))
}

export function sectionName(file: ObjectFile, index: number): string {
  const at = file.words[sectionRow(file, index) + SECTION.name] as number
  return nameAt(file.sectionNames, at >>> 0) ?? fail(file, 'a section name is outside of its table')
}

export function fail(input: { readonly name: string }, why: string): never {
  throw new UserError(`${input.name} cannot be linked: ${why}`)
}

export function failRelocations(file: ObjectFile, section: string): never {
  fail(file, `the relocations of section ${section} are damaged`)
}
