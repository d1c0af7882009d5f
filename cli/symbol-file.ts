import { ByteWriter } from '../base/byte-writer.js'
import type { KernelSymbol } from '../boot/symbolize.js'
import * as header from '../linker/elf/header.js'
import { SHF, SHT, sectionHeader } from '../linker/elf/section.js'
import { STB, STT, symbolEntry } from '../linker/elf/symbol.js'

/** Functions of one program, and how far from where it was linked it runs. */
export interface LoadedSymbols {
  /** Of the section that they stand in. */
  readonly name: string
  readonly symbols: readonly KernelSymbol[]
  readonly slide: bigint
}

/** An ELF file that holds nothing but symbols, where the programs run, for a debugger: code sections without content, and their functions. */
export function writeSymbolFile(programs: readonly LoadedSymbols[]): Uint8Array {
  const out = new ByteWriter(1 << 16)
  out.zeros(header.fileHeader.size)
  const strings = new ByteWriter()
  const text = (value: string) => strings.cString(value)
  text('')
  const symbolsAt = out.append(symbolEntry, none)
  for (const [at, { symbols, slide }] of programs.entries())
    for (const { name, address, size } of symbols)
      out.append(symbolEntry, {
        name: text(name),
        info: (STB.GLOBAL << 4) | STT.FUNC,
        other: 0,
        section: at + 1,
        value: address + slide,
        size: Number(size),
      })
  const symbolsSize = out.length - symbolsAt
  const code = programs.map((program) => ({
    ...section(text(program.name), SHT.NOBITS),
    ...extent(program),
    flags: SHF.ALLOC | SHF.EXECINSTR,
  }))
  const table = {
    ...section(text('.symtab'), SHT.SYMTAB),
    ...{ offset: symbolsAt, size: symbolsSize, link: code.length + 2, info: 1 },
    ...{ align: 8, entrySize: symbolEntry.size },
  }
  const names = { ...section(text('.strtab'), SHT.STRTAB), offset: out.length, size: strings.length }
  out.bytes(strings.finish())
  const sections = [section(0, SHT.NULL), ...code, table, names]
  const sectionHeaders = out.align(8)
  for (const each of sections) out.append(sectionHeader, each)
  out.patch(0, header.fileHeader, fileHeader(sectionHeaders, sections.length))
  return out.finish()
}

const none = { name: 0, info: 0, other: 0, section: 0, value: 0n, size: 0 }

function section(name: number, type: number) {
  return { name, type, flags: 0, address: 0n, offset: 0, size: 0, link: 0, info: 0, align: 1, entrySize: 0 }
}

function extent({ symbols, slide }: LoadedSymbols): { address: bigint; size: number } {
  const [first] = symbols
  const end = symbols.reduce((most, each) => max(most, each.address + each.size), 0n)
  const start = first?.address ?? 0n
  return { address: start + slide, size: Number(max(end, start) - start) }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function fileHeader(sectionHeaders: number, sectionHeaderCount: number) {
  return {
    ...{ magic: header.ELF_MAGIC, class: header.ELFCLASS64, data: header.ELFDATA2LSB, identVersion: 1 },
    ...{
      osAbi: 0,
      abiVersion: 0,
      type: header.ET.EXEC,
      machine: header.EM_X86_64,
      version: header.EV_CURRENT,
    },
    ...{ entry: 0n, programHeaders: 0, sectionHeaders, flags: 0, headerSize: header.fileHeader.size },
    ...{ programHeaderSize: 0, programHeaderCount: 0, sectionHeaderSize: sectionHeader.size },
    ...{ sectionHeaderCount, sectionNames: sectionHeaderCount - 1 },
  }
}
