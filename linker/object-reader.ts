import { viewOf } from '../base/struct.js'
import { ELF_MAGIC, ELFCLASS64, ELFDATA2LSB, EM_X86_64, ET, fileHeader } from './elf/header.js'
import { nameAt } from './elf/names.js'
import { readLong, SECTION, SECTION_WORDS, SYMBOL_WORDS, sectionOf, symbolMarks } from './elf/rows.js'
import { GRP_COMDAT, SHF, SHT, sectionHeader } from './elf/section.js'
import { SHN, symbolEntry } from './elf/symbol.js'
import type { LinkInput } from './image.js'
import type { ObjectFile, SectionGroup } from './model.js'
import {
  fail,
  failRelocations,
  namesOf,
  type SectionTable,
  sectionName,
  sectionRow,
  sectionType,
  tableOf,
} from './object-rows.js'
import { isCIdentifier } from './section-names.js'

/**
 * Finds the tables of an object, and those sections that need a look before collect-garbage. The others are made when
 * something reaches them (input-sections.ts): nothing is spent on what is not linked.
 */
export function readObject(input: LinkInput, order: number, memberOffset = 0): ObjectFile {
  const table = openObject(input)
  const { name, bytes, words, sectionTable, sectionCount } = table
  const { symbolTable, symbolCount, firstGlobal, names } = readSymbolTable(table)
  const file: ObjectFile = {
    name,
    order,
    memberOffset,
    bytes,
    words,
    external: input.contents,
    sectionTable,
    sectionCount,
    sectionNames: table.sectionNames,
    relocationSections: new Uint16Array(sectionCount),
    sections: new Array(sectionCount),
    commons: [],
    dropped: new Set(),
    kept: [],
    identifiers: [],
    groups: [],
    symbolTable,
    symbolCount,
    firstGlobal,
    names,
    symbols: new Array(symbolCount),
  }
  survey(file)
  return file
}

const HEADER = fileHeader.offsets

function openObject(input: LinkInput): SectionTable & { readonly sectionNames: string } {
  const { name } = input
  if (input.bytes.length < fileHeader.size) fail(input, 'it is too short for an ELF header')
  const bytes = onWords(input.bytes)
  const view = viewOf(bytes)
  checkIdentity(input, view)
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2)
  const sectionTable = readLong(words, HEADER.sectionHeaders / 4) / 4
  const sectionCount = view.getUint16(HEADER.sectionHeaderCount, true)
  if (view.getUint16(HEADER.sectionHeaderSize, true) !== sectionHeader.size || sectionCount === 0)
    fail(input, 'it has no section headers')
  const end = sectionTable + sectionCount * SECTION_WORDS
  if (!(sectionTable >= 0 && end <= words.length))
    fail(input, 'it is truncated: its section headers end beyond the file')
  if (!Number.isInteger(sectionTable)) fail(input, 'its ELF header is damaged')
  const table = { name, bytes, words, sectionTable, sectionCount }
  return { ...table, sectionNames: namesOf(table, view.getUint16(HEADER.sectionNames, true)) }
}

/** Members of archives lie on even offsets, words on multiples of four: half of the members are copied. */
function onWords(bytes: Uint8Array): Uint8Array {
  // A plain Uint8Array, whatever came in: views of a Buffer are several times dearer to make.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return plain.byteOffset % 4 === 0 ? plain : plain.slice()
}

function checkIdentity(input: LinkInput, header: DataView): void {
  if (header.getUint32(HEADER.magic, true) !== ELF_MAGIC) fail(input, 'it does not begin like an ELF file')
  const isNative =
    header.getUint8(HEADER.class) === ELFCLASS64 &&
    header.getUint8(HEADER.data) === ELFDATA2LSB &&
    header.getUint16(HEADER.machine, true) === EM_X86_64
  if (!isNative) fail(input, 'it is not made for x86-64')
  if (header.getUint16(HEADER.type, true) !== ET.REL) fail(input, 'it is a linked ELF file, not an object')
}

function readSymbolTable(table: SectionTable) {
  let index = table.sectionCount - 1
  while (index > 0 && sectionType(table, index) !== SHT.SYMTAB) index--
  if (index === 0) return { symbolTable: 0, symbolCount: 0, firstGlobal: 0, names: '' }
  const { words } = table
  const row = sectionRow(table, index)
  const rows = tableOf(table, index, SYMBOL_WORDS)
  const firstGlobal = (words[row + SECTION.info] as number) >>> 0
  if (rows === undefined || firstGlobal > rows.count || words[row + SECTION.entrySize] !== symbolEntry.size)
    return fail(table, 'its symbol table is damaged')
  const names = namesOf(table, (words[row + SECTION.link] as number) >>> 0)
  return { symbolTable: rows.first, symbolCount: rows.count, firstGlobal, names }
}

const { name: NAME, type: TYPE, flags: FLAGS, info: INFO } = SECTION

/** One pass over the headers: which section holds whose relocations, and what is not like most sections. */
function survey(file: ObjectFile): void {
  const { words, relocationSections } = file
  for (let index = 1; index < file.sectionCount; index++) {
    const row = file.sectionTable + index * SECTION_WORDS
    const type = words[row + TYPE] as number
    if (type === SHT.RELA) {
      const target = words[row + INFO] as number
      if ((relocationSections[target] as number) > 0) failRelocations(file, sectionName(file, target))
      relocationSections[target] = index
    } else if ((words[row + FLAGS] as number) & SHF.ALLOC) {
      if (!isOrdinary(file, row)) noteUnusual(file, index)
    } else if (type === SHT.GROUP) file.groups.push(readGroup(file, index))
    else if (type === SHT.SYMTAB_SHNDX) fail(file, 'it has more than 65,279 sections')
  }
}

/** Told without making a string of the name: nearly all are `.text.x`, `.data.x` or the like, linked when referred to. */
function isOrdinary({ words, sectionNames }: ObjectFile, row: number): boolean {
  const type = words[row + TYPE]
  if ((type !== SHT.PROGBITS && type !== SHT.NOBITS) || (words[row + FLAGS] as number) & SHF.GNU_RETAIN)
    return false
  const name = words[row + NAME] as number
  return sectionNames.charCodeAt(name) === DOT && !UNUSUAL.includes(sectionNames.charCodeAt(name + 1))
}

const DOT = '.'.charCodeAt(0)
/** .eh_frame, .init, .fini */
const UNUSUAL = ['e', 'i', 'f'].map((letter) => letter.charCodeAt(0))

/**
 * Nothing in a static image reads unwind tables: the C here throws nothing, and backtraces are made on the host from the
 * frame pointers. Control-flow properties (.note.gnu.property) would have to be merged to stay true, and nobody asks for them.
 */
const DROPPED = new Set(['.eh_frame', '.note.gnu.property'])

function noteUnusual(file: ObjectFile, index: number): void {
  const name = sectionName(file, index)
  const type = sectionType(file, index)
  const flags = file.words[sectionRow(file, index) + FLAGS] as number
  if (DROPPED.has(name) || type === SHT.X86_64_UNWIND || type === SHT.GROUP) {
    file.dropped.add(index)
    return
  }
  if (KEPT_TYPES.has(type) || KEPT.has(name) || flags & SHF.GNU_RETAIN) file.kept.push(index)
  if (isCIdentifier(name)) file.identifiers.push(index)
}

/** Linked although nothing refers to them: what the start code runs, notes, and what the source marks `retain`. */
const KEPT_TYPES = new Set<number>([SHT.NOTE, SHT.INIT_ARRAY, SHT.FINI_ARRAY, SHT.PREINIT_ARRAY])
const KEPT = new Set(['.init', '.fini'])

/** For COMDAT groups with the signature: the name of the symbol that `info` counts. */
function readGroup(file: ObjectFile, index: number): SectionGroup {
  const { words } = file
  const table = tableOf(file, index, 1)
  const signature = (words[sectionRow(file, index) + INFO] as number) >>> 0
  if (table === undefined || table.count < 1 || signature >= file.symbolCount)
    return fail(file, 'a section group is damaged')
  const members = Array.from(words.subarray(table.first + 1, table.first + table.count))
  if (members.some((member) => member < 0 || member >= file.sectionCount))
    fail(file, 'a section group is damaged')
  const isComdat = ((words[table.first] as number) & GRP_COMDAT) !== 0
  return { members, signature: isComdat ? signatureName(file, signature) : undefined }
}

/** A group may be named after a section symbol, whose own name is empty; the section's name stands for it. */
function signatureName(file: ObjectFile, symbol: number): string {
  const row = file.symbolTable + symbol * SYMBOL_WORDS
  const name = nameAt(file.names, (file.words[row] as number) >>> 0)
  if (name) return name
  const section = sectionOf(symbolMarks(file.words, row))
  if (section === SHN.UNDEF || section >= file.sectionCount) fail(file, 'a section group is damaged')
  return sectionName(file, section)
}
