import { relocationEntry } from './elf/relocation.js'
import { RELOCATION_WORDS, readLong, SECTION } from './elf/rows.js'
import { SHF, SHT } from './elf/section.js'
import { newSection } from './make.js'
import type { InputSection, ObjectFile } from './model.js'
import {
  extentOf,
  fail,
  failRelocations,
  sectionName,
  sectionRow,
  sectionType,
  tableOf,
} from './object-rows.js'

/** Whether the section can be part of an image: it is loaded at run time, and nothing has taken it out. */
export function isLinkable(file: ObjectFile, index: number): boolean {
  if (index === 0 || index >= file.sectionCount || file.dropped.has(index)) return false
  return ((file.words[sectionRow(file, index) + SECTION.flags] as number) & SHF.ALLOC) !== 0
}

/** The section with this index, made now. Behind those of the file come those of its common symbols. */
export function makeSection(file: ObjectFile, index: number): InputSection | undefined {
  return isLinkable(file, index) ? readSection(file, index) : file.commons[index - file.sectionCount]
}

const EMPTY = new Uint8Array(0)

function readSection(file: ObjectFile, index: number): InputSection {
  const { words, bytes } = file
  const row = sectionRow(file, index)
  const name = sectionName(file, index)
  const type = words[row + SECTION.type] as number
  const flags = words[row + SECTION.flags] as number
  if (flags & SHF.COMPRESSED) fail(file, `section ${name} is compressed`)
  const align = Math.max(readLong(words, row + SECTION.align), 1)
  if (align > MOST_ALIGNED || (align & (align - 1)) !== 0)
    fail(file, `section ${name} has the alignment ${align}`)
  const { start, size } = extentOf(file, index)
  const parts = file.external?.get(index)
  const table = file.relocationSections[index] as number
  const { first, count } = table === 0 ? NO_RELOCATIONS : relocationsOf(file, index, table)
  return newSection(file, {
    name,
    type: parts === undefined ? type : SHT.PROGBITS,
    flags,
    align,
    entrySize: readLong(words, row + SECTION.entrySize),
    size,
    contents: type === SHT.NOBITS ? EMPTY : bytes.subarray(start, start + size),
    parts,
    relocations: first,
    relocationCount: count,
  })
}

/** A large page: beyond that the file would be mostly gaps. */
const MOST_ALIGNED = 2 ** 21
const NO_RELOCATIONS = { first: 0, count: 0 }

function relocationsOf(file: ObjectFile, index: number, table: number) {
  const row = sectionRow(file, table)
  const symbols = (file.words[row + SECTION.link] as number) >>> 0
  const countsInSymbols = symbols < file.sectionCount && sectionType(file, symbols) === SHT.SYMTAB
  const isSound = file.words[row + SECTION.entrySize] === relocationEntry.size
  const rows = tableOf(file, table, RELOCATION_WORDS)
  return countsInSymbols && isSound && rows !== undefined
    ? rows
    : failRelocations(file, sectionName(file, index))
}
