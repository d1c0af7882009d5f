import { ByteWriter } from '../base/byte-writer.js'
import { R_X86_64_64 } from './arch-x86-64.js'
import {
  ELF_MAGIC,
  ELFCLASS64,
  ELFDATA2LSB,
  ELFOSABI_GNU,
  EM_X86_64,
  ET,
  EV_CURRENT,
  fileHeader,
} from './elf/header.js'
import { relocationEntry } from './elf/relocation.js'
import { type SectionHeader, SHF, SHT, sectionHeader } from './elf/section.js'
import { SHN, STB, STT, STV, symbolEntry } from './elf/symbol.js'
import type { LinkInput, Parts } from './image.js'

/** A relocatable object as plain data: how bytecode, assets and file systems become something to link. */
export interface ObjectDescription {
  readonly sections: readonly SectionDescription[]
  readonly symbols: readonly SymbolDescription[]
}

export interface SectionDescription {
  /** Unique in the object. */
  readonly name: string
  /** The bytes, or how many zeros (SHT_NOBITS). */
  readonly contents: Uint8Array | Parts | number
  readonly align?: number
  readonly writable?: boolean
  readonly executable?: boolean
  /** Linked even if nothing refers to it (SHF_GNU_RETAIN). */
  readonly retain?: boolean
  readonly relocations?: readonly RelocationDescription[]
}

export interface RelocationDescription {
  readonly offset: number
  readonly symbol: string
  readonly addend?: number
  /** R_X86_64_64, the symbol's address in eight bytes, unless told. */
  readonly type?: number
}

export interface SymbolDescription {
  readonly name: string
  /** Name of the section that holds it; none: defined elsewhere. */
  readonly section?: string
  readonly offset?: number
  readonly size?: number
  readonly type?: 'function' | 'object'
  readonly binding?: 'global' | 'weak' | 'local'
}

/** An ET_REL file that any x86-64 linker takes. */
export function writeObject(description: ObjectDescription): Uint8Array {
  return build(description, false)
}

/** The same for our own linker, without a copy of the contents: they stay beside the object, until they are linked. */
export function describeObject(name: string, description: ObjectDescription): LinkInput {
  const contents = new Map<number, Parts>()
  description.sections.forEach((section, i) => {
    if (typeof section.contents !== 'number') contents.set(i + 1, partsOf(section.contents))
  })
  return { name, bytes: build(description, true), contents }
}

/** Section indexes: 0 none, 1… the described ones, then their relocations, .symtab, .strtab, .shstrtab. */
function build(description: ObjectDescription, leavesContentsOut: boolean): Uint8Array {
  const { sections } = description
  const symbols = description.symbols.toSorted((a, b) => Number(isGlobal(a)) - Number(isGlobal(b)))
  const out = new ByteWriter(sectionHeader.size * 16)
  out.zeros(fileHeader.size)
  const headers: Named[] = [{ name: '', ...NO_SECTION }]
  for (const section of sections) headers.push(writeSection(out, section, leavesContentsOut))
  const relocated = sections.filter((section) => section.relocations?.length)
  const symtab = sections.length + relocated.length + 1
  for (const section of relocated) {
    headers.push(writeRelocations(out, section, { symtab, info: sections.indexOf(section) + 1, symbols }))
  }
  headers.push(...writeSymbols(out, symbols, sections, symtab + 1))
  return finish(out, headers)
}

type Named = Omit<SectionHeader, 'name'> & { readonly name: string }

const NO_SECTION = {
  type: SHT.NULL,
  flags: 0,
  address: 0n,
  offset: 0,
  size: 0,
  link: 0,
  info: 0,
  align: 0,
  entrySize: 0,
} as const

function writeSection(out: ByteWriter, section: SectionDescription, leavesContentsOut: boolean): Named {
  const { name, contents, align = 1 } = section
  const inFile = typeof contents !== 'number' && !leavesContentsOut
  const flags =
    SHF.ALLOC |
    (section.writable ? SHF.WRITE : 0) |
    (section.executable ? SHF.EXECINSTR : 0) |
    (section.retain ? SHF.GNU_RETAIN : 0)
  const parts = typeof contents === 'number' ? [] : partsOf(contents)
  const size = typeof contents === 'number' ? contents : sizeOf(parts)
  if (inFile) out.align(align)
  const offset = out.length
  if (inFile) for (const part of parts) out.bytes(part)
  return { ...NO_SECTION, name, type: inFile ? SHT.PROGBITS : SHT.NOBITS, flags, offset, size, align }
}

function partsOf(contents: Uint8Array | Parts): Parts {
  return contents instanceof Uint8Array ? [contents] : contents
}

function sizeOf(parts: Parts): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}

type Table = {
  readonly symtab: number
  readonly info: number
  readonly symbols: readonly SymbolDescription[]
}

function writeRelocations(
  out: ByteWriter,
  section: SectionDescription,
  { symtab, info, symbols }: Table,
): Named {
  const offset = out.align(8)
  const indexes = new Map(symbols.map((symbol, i) => [symbol.name, i + 1]))
  for (const row of section.relocations ?? []) {
    const symbol = indexes.get(row.symbol)
    if (symbol === undefined)
      throw new Error(`section ${section.name} refers to ${row.symbol}, which is not described`)
    const { addend = 0, type = R_X86_64_64 } = row
    out.append(relocationEntry, { offset: BigInt(row.offset), type, symbol, addend: BigInt(addend) })
  }
  const place = { offset, size: out.length - offset, align: 8, entrySize: relocationEntry.size }
  return {
    ...NO_SECTION,
    name: `.rela${section.name}`,
    type: SHT.RELA,
    flags: SHF.INFO_LINK,
    link: symtab,
    info,
    ...place,
  }
}

function writeSymbols(
  out: ByteWriter,
  symbols: readonly SymbolDescription[],
  sections: readonly SectionDescription[],
  strtab: number,
): Named[] {
  const names = new ByteWriter()
  names.zeros(1)
  const offset = out.align(8)
  out.zeros(symbolEntry.size)
  for (const { name, section, offset: value = 0, size = 0, type, binding = 'global' } of symbols) {
    const index =
      section === undefined ? SHN.UNDEF : sections.findIndex((candidate) => candidate.name === section) + 1
    if (section !== undefined && index === 0)
      throw new Error(`symbol ${name} is in ${section}, which is not described`)
    const info = (BINDINGS[binding] << 4) | (type === undefined ? STT.NOTYPE : TYPES[type])
    out.append(symbolEntry, {
      name: names.cString(name),
      info,
      other: STV.DEFAULT,
      section: index,
      value: BigInt(value),
      size,
    })
  }
  const locals = symbols.filter((symbol) => !isGlobal(symbol)).length
  const place = { offset, size: out.length - offset, align: 8, entrySize: symbolEntry.size }
  const table = names.finish()
  return [
    { ...NO_SECTION, name: '.symtab', type: SHT.SYMTAB, link: strtab, info: locals + 1, ...place },
    {
      ...NO_SECTION,
      name: '.strtab',
      type: SHT.STRTAB,
      offset: out.bytes(table),
      size: table.length,
      align: 1,
    },
  ]
}

const BINDINGS = { local: STB.LOCAL, global: STB.GLOBAL, weak: STB.WEAK } as const
const TYPES = { function: STT.FUNC, object: STT.OBJECT } as const

function isGlobal(symbol: SymbolDescription): boolean {
  return symbol.binding !== 'local'
}

/** Adds the sections' names, their headers, and the file header in front. */
function finish(out: ByteWriter, headers: readonly Named[]): Uint8Array {
  // Without the note GNU ld makes the stack executable, for the sake of old assembly.
  const note = { ...NO_SECTION, name: '.note.GNU-stack', type: SHT.PROGBITS, align: 1 }
  const all: Named[] = [...headers, note, { ...NO_SECTION, name: '.shstrtab', type: SHT.STRTAB, align: 1 }]
  const start = out.length
  const names = all.map(({ name }) => out.cString(name) - start)
  const size = out.length - start
  const sectionHeaders = out.align(8)
  all.forEach((header, i) => {
    const isNames = i === all.length - 1
    out.append(sectionHeader, { ...header, name: names[i] ?? 0, ...(isNames ? { offset: start, size } : {}) })
  })
  out.patch(0, fileHeader, {
    magic: ELF_MAGIC,
    class: ELFCLASS64,
    data: ELFDATA2LSB,
    identVersion: EV_CURRENT,
    osAbi: headers.some(({ flags }) => flags & SHF.GNU_RETAIN) ? ELFOSABI_GNU : 0,
    abiVersion: 0,
    type: ET.REL,
    machine: EM_X86_64,
    version: EV_CURRENT,
    entry: 0n,
    programHeaders: 0,
    sectionHeaders,
    flags: 0,
    headerSize: fileHeader.size,
    programHeaderSize: 0,
    programHeaderCount: 0,
    sectionHeaderSize: sectionHeader.size,
    sectionHeaderCount: all.length,
    sectionNames: all.length - 1,
  })
  return out.finish()
}
