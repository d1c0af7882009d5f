import { viewOf } from '../base/struct.js'
import { UserError } from '../base/user-error.js'
import { ELF_MAGIC, ELFCLASS64, ELFDATA2LSB, EM_X86_64, ET, fileHeader } from './elf/header.js'
import { decodeNames, nameAt } from './elf/names.js'
import { relocationEntry } from './elf/relocation.js'
import { GRP_COMDAT, type SectionHeader, SHF, SHT, sectionHeader } from './elf/section.js'
import { SHN, symbolEntry } from './elf/symbol.js'
import type { LinkInput } from './image.js'
import { newSection } from './make.js'
import type { InputSection, ObjectFile } from './model.js'

/**
 * Nothing in a static image reads unwind tables: the C here throws nothing, and backtraces are made on the host from the
 * frame pointers. Control-flow properties (.note.gnu.property) would have to be merged to stay true, and nobody asks for them.
 */
const DROPPED = /^\.(eh_frame|note\.gnu\.property)$/
const EMPTY = new Uint8Array(0)

/** Offsets and counts of the headers are checked here; those of symbols and relocations where they are first used. */
export function readObject(input: LinkInput, order: number, memberOffset = 0): ObjectFile {
  try {
    return readChecked(input, order, memberOffset)
  } catch (error) {
    if (error instanceof RangeError) fail(input, 'it is damaged: a size or an offset is impossible')
    throw error
  }
}

function readChecked(input: LinkInput, order: number, memberOffset: number): ObjectFile {
  const { name, bytes } = input
  const headers = readSectionHeaders(input)
  const sectionNames = tableAt(input, headers, readFileHeader(input).sectionNames)
  const nameOf = (header: SectionHeader): string =>
    nameAt(sectionNames, header.name) ?? fail(input, 'a section name is outside of its table')

  const symtab = headers.find((header) => header.type === SHT.SYMTAB)
  if (symtab !== undefined) checkSymbolTable(input, symtab)
  const file: ObjectFile = {
    name,
    order,
    memberOffset,
    bytes,
    view: viewOf(bytes),
    sections: new Array(headers.length),
    groups: [],
    symbolTable: symtab?.offset ?? 0,
    symbolCount: symtab === undefined ? 0 : symtab.size / symbolEntry.size,
    firstGlobal: symtab?.info ?? 0,
    names: symtab === undefined ? '' : tableAt(input, headers, symtab.link),
    symbols: [],
  }
  headers.forEach((header, index) => {
    if (header.flags & SHF.ALLOC)
      file.sections[index] = readSection(input, file, header, nameOf(header), index)
  })
  for (const header of headers) {
    if (header.type === SHT.RELA) attachRelocations(input, file, headers, header)
    else if (header.type === SHT.GROUP) readGroup(input, file, header)
    else if (header.type === SHT.SYMTAB_SHNDX) fail(input, 'it has more than 65,279 sections')
  }
  return file
}

function readFileHeader(input: LinkInput) {
  if (input.bytes.length < fileHeader.size) fail(input, 'it is too short for an ELF header')
  const header = fileHeader.decode(input.bytes)
  if (header.magic !== ELF_MAGIC) fail(input, 'it does not begin like an ELF file')
  if (header.class !== ELFCLASS64 || header.data !== ELFDATA2LSB || header.machine !== EM_X86_64) {
    fail(input, 'it is not made for x86-64')
  }
  if (header.type !== ET.REL) fail(input, 'it is a linked ELF file, not an object')
  return header
}

function readSectionHeaders(input: LinkInput): SectionHeader[] {
  const { sectionHeaders, sectionHeaderCount, sectionHeaderSize } = readFileHeader(input)
  if (sectionHeaderSize !== sectionHeader.size || sectionHeaderCount === 0)
    fail(input, 'it has no section headers')
  if (sectionHeaders + sectionHeaderCount * sectionHeader.size > input.bytes.length) {
    fail(input, 'it is truncated: its section headers end beyond the file')
  }
  const view = viewOf(input.bytes)
  return Array.from({ length: sectionHeaderCount }, (_, index) => {
    const header = sectionHeader.read(view, sectionHeaders + index * sectionHeader.size)
    const end = header.type === SHT.NOBITS || header.type === SHT.NULL ? 0 : header.offset + header.size
    if (end > input.bytes.length) fail(input, `it is truncated: section ${index} ends beyond the file`)
    return header
  })
}

/** Decodes the name table with section index `index`. */
function tableAt(input: LinkInput, headers: readonly SectionHeader[], index: number): string {
  const header = headers[index]
  if (header?.type !== SHT.STRTAB) return fail(input, `section ${index} is no name table`)
  return decodeNames(input.bytes.subarray(header.offset, header.offset + header.size))
}

function checkSymbolTable(input: LinkInput, symtab: SectionHeader): void {
  const count = symtab.size / symbolEntry.size
  if (symtab.entrySize !== symbolEntry.size || !Number.isInteger(count) || symtab.info > count) {
    fail(input, 'its symbol table is damaged')
  }
}

function readSection(
  input: LinkInput,
  file: ObjectFile,
  header: SectionHeader,
  name: string,
  index: number,
): InputSection | undefined {
  if (DROPPED.test(name) || header.type === SHT.X86_64_UNWIND || header.type === SHT.GROUP) return undefined
  if (header.flags & SHF.COMPRESSED) fail(input, `section ${name} is compressed`)
  const align = Math.max(header.align, 1)
  if (!Number.isInteger(Math.log2(align)) || align > 2 ** 30)
    fail(input, `section ${name} has the alignment ${align}`)
  const external = input.contents?.get(index)
  const type = external !== undefined ? SHT.PROGBITS : header.type
  const inFile =
    header.type === SHT.NOBITS ? EMPTY : input.bytes.subarray(header.offset, header.offset + header.size)
  return newSection(file, {
    name,
    type,
    flags: header.flags,
    align,
    entrySize: header.entrySize,
    size: external?.length ?? header.size,
    contents: external ?? inFile,
  })
}

function attachRelocations(
  input: LinkInput,
  file: ObjectFile,
  headers: readonly SectionHeader[],
  header: SectionHeader,
): void {
  const target = file.sections[header.info]
  if (target === undefined) return
  const count = header.size / relocationEntry.size
  const isOurs = headers[header.link]?.type === SHT.SYMTAB
  if (
    !isOurs ||
    header.entrySize !== relocationEntry.size ||
    !Number.isInteger(count) ||
    target.relocationCount > 0
  ) {
    fail(input, `the relocations of section ${target.name} are damaged`)
  }
  target.relocations = header.offset
  target.relocationCount = count
}

/** Keeps the members together and, for COMDAT, notes the signature: the name of the symbol that `info` counts. */
function readGroup(input: LinkInput, file: ObjectFile, header: SectionHeader): void {
  if (header.size < 4 || header.size % 4 !== 0 || header.info >= file.symbolCount)
    fail(input, 'a section group is damaged')
  const word = (i: number) => file.view.getUint32(header.offset + 4 * i, true)
  const members = Array.from({ length: header.size / 4 - 1 }, (_, i) => word(i + 1))
  if (members.some((index) => index >= file.sections.length)) fail(input, 'a section group is damaged')
  const sections = members.flatMap((index) => file.sections[index] ?? [])
  for (const section of sections) section.group = sections
  if (word(0) & GRP_COMDAT) {
    file.groups.push({ signature: signatureOf(input, file, header.info), members })
  }
}

/** A group may be named after a section symbol, whose own name is empty; the section's name stands for it. */
function signatureOf(input: LinkInput, file: ObjectFile, index: number): string {
  const row = file.symbolTable + index * symbolEntry.size
  const name = nameAt(file.names, file.view.getUint32(row + symbolEntry.offsets.name, true))
  if (name) return name
  const section = file.view.getUint16(row + symbolEntry.offsets.section, true)
  if (section === SHN.UNDEF || section >= file.sections.length) fail(input, 'a section group is damaged')
  return file.sections[section]?.name ?? ''
}

function fail(input: LinkInput, why: string): never {
  throw new UserError(`${input.name} cannot be linked: ${why}`)
}
