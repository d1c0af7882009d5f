import { viewOf } from '../base/struct.js'
import { UserError } from '../base/user-error.js'
import { ELF_MAGIC, ELFCLASS64, ELFDATA2LSB, EM_X86_64, ET, fileHeader } from './elf/header.js'
import { readSigned64 } from './elf/int64.js'
import { decodeNames, nameAt } from './elf/names.js'
import { relocationEntry } from './elf/relocation.js'
import { GRP_COMDAT, SHF, SHT, sectionHeader } from './elf/section.js'
import { SHN, symbolEntry } from './elf/symbol.js'
import type { LinkInput } from './image.js'
import { newSection } from './make.js'
import type { InputSection, ObjectFile } from './model.js'

/**
 * Nothing in a static image reads unwind tables: the C here throws nothing, and backtraces are made on the host from the
 * frame pointers. Control-flow properties (.note.gnu.property) would have to be merged to stay true, and nobody asks for them.
 */
const DROPPED = new Set(['.eh_frame', '.note.gnu.property'])
const EMPTY = new Uint8Array(0)

/** Offsets and counts of the headers are checked here; those of symbols and relocations where they are first used. */
export function readObject(input: LinkInput, order: number, memberOffset = 0): ObjectFile {
  // A plain Uint8Array, whatever came in: views of a Buffer are several times dearer to make.
  const bytes = new Uint8Array(input.bytes.buffer, input.bytes.byteOffset, input.bytes.byteLength)
  const reader = openObject({ ...input, bytes })
  const symtab = reader.rows.findIndex((row) => typeOf(reader, row) === SHT.SYMTAB)
  const file: ObjectFile = {
    name: input.name,
    order,
    memberOffset,
    bytes,
    view: reader.view,
    sections: new Array(reader.rows.length),
    groups: [],
    symbols: [],
    ...readSymbolTable(reader, symtab),
  }
  reader.rows.forEach((row, index) => {
    if (word(reader, row + ROW.flags) & SHF.ALLOC)
      file.sections[index] = readSection(reader, file, row, index)
  })
  for (const row of reader.rows) {
    const type = typeOf(reader, row)
    if (type === SHT.RELA) attachRelocations(reader, file, row)
    else if (type === SHT.GROUP) readGroup(reader, file, row)
    else if (type === SHT.SYMTAB_SHNDX) fail(reader.input, 'it has more than 65,279 sections')
  }
  return file
}

/**
 * An object has thousands of section headers, so they stay rows: file offsets, of which `ROW` tells the fields. That each
 * section lies inside the file has been checked.
 */
interface Reader {
  readonly input: LinkInput
  readonly view: DataView
  readonly rows: readonly number[]
  readonly sectionNames: string
}

const ROW = sectionHeader.offsets

function openObject(input: LinkInput): Reader {
  const { sectionHeaders, sectionHeaderCount, sectionHeaderSize, sectionNames } = readFileHeader(input)
  if (sectionHeaderSize !== sectionHeader.size || sectionHeaderCount === 0)
    fail(input, 'it has no section headers')
  if (sectionHeaders + sectionHeaderCount * sectionHeader.size > input.bytes.length) {
    fail(input, 'it is truncated: its section headers end beyond the file')
  }
  const rows = Array.from({ length: sectionHeaderCount }, (_, i) => sectionHeaders + i * sectionHeader.size)
  const reader = { input, view: viewOf(input.bytes), rows, sectionNames: '' }
  for (const row of rows) checkExtent(reader, row)
  return { ...reader, sectionNames: tableAt(reader, sectionNames) }
}

function readFileHeader(input: LinkInput) {
  if (input.bytes.length < fileHeader.size) fail(input, 'it is too short for an ELF header')
  if (viewOf(input.bytes).getUint32(0, true) !== ELF_MAGIC) fail(input, 'it does not begin like an ELF file')
  const header = decodeFileHeader(input)
  if (header.class !== ELFCLASS64 || header.data !== ELFDATA2LSB || header.machine !== EM_X86_64) {
    fail(input, 'it is not made for x86-64')
  }
  if (header.type !== ET.REL) fail(input, 'it is a linked ELF file, not an object')
  return header
}

function decodeFileHeader(input: LinkInput) {
  try {
    return fileHeader.decode(input.bytes)
  } catch (cause) {
    throw new UserError(`${input.name} cannot be linked: its ELF header is damaged`, { cause })
  }
}

function checkExtent(reader: Reader, row: number): void {
  const type = typeOf(reader, row)
  const isInFile = type !== SHT.NOBITS && type !== SHT.NULL
  const size = long(reader, row + ROW.size)
  if (size > MOST || (isInFile && long(reader, row + ROW.offset) + size > reader.input.bytes.length)) {
    fail(reader.input, `it is truncated: section ${reader.rows.indexOf(row)} ends beyond the file`)
  }
}

/** A large page: beyond that the file would be mostly gaps. */
const MOST_ALIGNED = 2 ** 21
/** More than any section can hold here, .bss included. */
const MOST = 2 ** 40

function word({ view }: Reader, at: number): number {
  return view.getUint32(at, true)
}

/** Sizes and offsets. What looks negative is larger than any file. */
function long({ view }: Reader, at: number): number {
  const value = readSigned64(view, at)
  return value >= 0 ? value : 2 ** 64
}

function typeOf(reader: Reader, row: number): number {
  return word(reader, row + ROW.type)
}

/** Decodes the name table with section index `index`. */
function tableAt(reader: Reader, index: number): string {
  const row = reader.rows[index]
  if (row === undefined || typeOf(reader, row) !== SHT.STRTAB) {
    return fail(reader.input, `section ${index} is no name table`)
  }
  const start = long(reader, row + ROW.offset)
  return decodeNames(reader.input.bytes.subarray(start, start + long(reader, row + ROW.size)))
}

function readSymbolTable(reader: Reader, index: number) {
  const row = reader.rows[index]
  if (row === undefined) return { symbolTable: 0, symbolCount: 0, firstGlobal: 0, names: '' }
  const symbolCount = long(reader, row + ROW.size) / symbolEntry.size
  const firstGlobal = word(reader, row + ROW.info)
  const isSound = long(reader, row + ROW.entrySize) === symbolEntry.size && Number.isInteger(symbolCount)
  if (!isSound || firstGlobal > symbolCount) fail(reader.input, 'its symbol table is damaged')
  const names = tableAt(reader, word(reader, row + ROW.link))
  return { symbolTable: long(reader, row + ROW.offset), symbolCount, firstGlobal, names }
}

function readSection(reader: Reader, file: ObjectFile, row: number, index: number): InputSection | undefined {
  const { input } = reader
  const name = nameAt(reader.sectionNames, word(reader, row + ROW.name))
  if (name === undefined) return fail(input, 'a section name is outside of its table')
  const type = typeOf(reader, row)
  if (DROPPED.has(name) || type === SHT.X86_64_UNWIND || type === SHT.GROUP) return undefined
  const flags = word(reader, row + ROW.flags)
  if (flags & SHF.COMPRESSED) fail(input, `section ${name} is compressed`)
  const align = Math.max(long(reader, row + ROW.align), 1)
  if (!Number.isInteger(Math.log2(align)) || align > MOST_ALIGNED)
    fail(input, `section ${name} has the alignment ${align}`)
  const start = long(reader, row + ROW.offset)
  const size = long(reader, row + ROW.size)
  const external = input.contents?.get(index)
  return newSection(file, {
    name,
    type: external === undefined ? type : SHT.PROGBITS,
    flags,
    align,
    entrySize: long(reader, row + ROW.entrySize),
    size: external?.length ?? size,
    contents: external ?? (type === SHT.NOBITS ? EMPTY : input.bytes.subarray(start, start + size)),
  })
}

function attachRelocations(reader: Reader, file: ObjectFile, row: number): void {
  const target = file.sections[word(reader, row + ROW.info)]
  if (target === undefined) return
  const count = long(reader, row + ROW.size) / relocationEntry.size
  const symtab = reader.rows[word(reader, row + ROW.link)]
  const countsInSymtab = symtab !== undefined && typeOf(reader, symtab) === SHT.SYMTAB
  const isSound = long(reader, row + ROW.entrySize) === relocationEntry.size && Number.isInteger(count)
  if (!countsInSymtab || !isSound || target.relocationCount > 0) {
    fail(reader.input, `the relocations of section ${target.name} are damaged`)
  }
  target.relocations = long(reader, row + ROW.offset)
  target.relocationCount = count
}

/** Keeps the members together and, for COMDAT, notes the signature: the name of the symbol that `info` counts. */
function readGroup(reader: Reader, file: ObjectFile, row: number): void {
  const start = long(reader, row + ROW.offset)
  const count = long(reader, row + ROW.size) / 4
  const signature = word(reader, row + ROW.info)
  const isSound = count >= 1 && Number.isInteger(count) && signature < file.symbolCount
  if (!isSound) fail(reader.input, 'a section group is damaged')
  const members = Array.from({ length: count - 1 }, (_, i) => word(reader, start + 4 * (i + 1)))
  if (members.some((index) => index >= file.sections.length)) fail(reader.input, 'a section group is damaged')
  const sections = members.flatMap((index) => file.sections[index] ?? [])
  for (const section of sections) section.group = sections
  if (word(reader, start) & GRP_COMDAT)
    file.groups.push({ signature: signatureName(reader, file, signature), members })
}

/** A group may be named after a section symbol, whose own name is empty; the section's name stands for it. */
function signatureName(reader: Reader, file: ObjectFile, index: number): string {
  const row = file.symbolTable + index * symbolEntry.size
  const name = nameAt(file.names, word(reader, row + symbolEntry.offsets.name))
  if (name) return name
  const section = file.view.getUint16(row + symbolEntry.offsets.section, true)
  if (section === SHN.UNDEF || section >= file.sections.length)
    fail(reader.input, 'a section group is damaged')
  return file.sections[section]?.name ?? ''
}

function fail(input: LinkInput, why: string): never {
  throw new UserError(`${input.name} cannot be linked: ${why}`)
}
