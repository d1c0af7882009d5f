import { viewOf } from '../../base/struct.js'
import { addressOf } from '../addresses.js'
import { codeFiller } from '../arch-x86-64.js'
import { ELF_MAGIC, ELFCLASS64, ELFDATA2LSB, EM_X86_64, ET, EV_CURRENT, fileHeader } from '../elf/header.js'
import { programHeader } from '../elf/program.js'
import { SHF, SHT, sectionHeader } from '../elf/section.js'
import type { Address, Parts } from '../image.js'
import { align } from '../layout-queries.js'
import type { Link, OutputSection } from '../model.js'
import { describeSegments } from '../program-headers.js'
import { relocate } from './relocate.js'

/** The one buffer of the finished file: every section is copied into it once, and relocated there. */
export function writeImage(link: Link): Uint8Array {
  const names = sectionNames(link)
  const last = link.segments.at(-1)
  const namesAt = last === undefined ? link.headerSize : last.fileOffset + last.fileSize
  const headersAt = align(namesAt + names.table.length, 8)
  const bytes = new Uint8Array(headersAt + (link.outputs.length + 2) * sectionHeader.size)
  const view = viewOf(bytes)

  writeHeaders(link, view, headersAt)
  for (const output of link.outputs) if (output.type !== SHT.NOBITS) copySections(output, bytes)
  relocate(link, view)
  fillMadeSections(link, bytes)
  bytes.set(names.table, namesAt)
  writeSectionHeaders(link, view, { names, namesAt, headersAt })
  return bytes
}

export function entryAddress(link: Link): Address {
  const symbol = link.entry === undefined ? undefined : link.symbols.get(link.entry)
  return symbol === undefined ? 0n : BigInt(addressOf(symbol))
}

function writeHeaders(link: Link, view: DataView, headersAt: number): void {
  const programs = describeSegments(link)
  fileHeader.write(view, 0, {
    magic: ELF_MAGIC,
    class: ELFCLASS64,
    data: ELFDATA2LSB,
    identVersion: EV_CURRENT,
    osAbi: 0,
    abiVersion: 0,
    type: link.options.output === 'kernel' ? ET.EXEC : ET.DYN,
    machine: EM_X86_64,
    version: EV_CURRENT,
    entry: entryAddress(link),
    programHeaders: fileHeader.size,
    sectionHeaders: headersAt,
    flags: 0,
    headerSize: fileHeader.size,
    programHeaderSize: programHeader.size,
    programHeaderCount: programs.length,
    sectionHeaderSize: sectionHeader.size,
    sectionHeaderCount: link.outputs.length + 2,
    sectionNames: link.outputs.length + 1,
  })
  programs.forEach((program, i) => {
    programHeader.write(view, fileHeader.size + i * programHeader.size, program)
  })
}

function copySections(output: OutputSection, bytes: Uint8Array): void {
  const { fileOffset, size, members } = output
  if (output.flags & SHF.EXECINSTR) bytes.fill(codeFiller(output.name), fileOffset, fileOffset + size)
  members.forEach(({ contents, parts, offset }) => {
    if (parts === undefined) bytes.set(contents, fileOffset + offset)
    else copyParts(parts, bytes, fileOffset + offset)
  })
}

function copyParts(parts: Parts, bytes: Uint8Array, start: number): void {
  let at = start
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
}

function fillMadeSections(link: Link, bytes: Uint8Array): void {
  for (const { section, fill } of link.made) {
    if (section.output === undefined) continue
    const at = section.output.fileOffset + section.offset
    fill(link, new DataView(bytes.buffer, at, section.size))
  }
}

interface Names {
  readonly table: Uint8Array
  readonly offsets: ReadonlyMap<string, number>
}

const NAMES = '.shstrtab'

/** No names of input sections, only those of outputs: `.text`, not `.text.main`. */
function sectionNames(link: Link): Names {
  const offsets = new Map<string, number>()
  let table = '\0'
  for (const name of [...link.outputs.map((output) => output.name), NAMES]) {
    if (offsets.has(name)) continue
    offsets.set(name, table.length)
    table += `${name}\0`
  }
  return { table: Buffer.from(table, 'latin1'), offsets }
}

type Tail = { readonly names: Names; readonly namesAt: number; readonly headersAt: number }

/** Nothing loads by section headers; readelf, objdump and debuggers explain the file with them. */
function writeSectionHeaders(link: Link, view: DataView, { names, namesAt, headersAt }: Tail): void {
  const indexes = new Map([...link.outputs.map(({ name }) => name), NAMES].map((name, i) => [name, i + 1]))
  link.outputs.forEach((output, i) => {
    const made =
      output.members.length === 1 ? link.made.find(({ section }) => section === output.members[0]) : undefined
    sectionHeader.write(view, headersAt + (i + 1) * sectionHeader.size, {
      name: names.offsets.get(output.name) ?? 0,
      type: output.type,
      flags: output.flags,
      address: BigInt(output.address),
      offset: output.fileOffset,
      size: output.size,
      link: made?.linkTo === undefined ? 0 : (indexes.get(made.linkTo) ?? 0),
      info: made?.info ?? 0,
      align: output.align,
      entrySize: made?.section.entrySize ?? 0,
    })
  })
  sectionHeader.write(view, headersAt + (link.outputs.length + 1) * sectionHeader.size, {
    name: names.offsets.get(NAMES) ?? 0,
    type: SHT.STRTAB,
    flags: 0,
    address: 0n,
    offset: namesAt,
    size: names.table.length,
    link: 0,
    info: 0,
    align: 1,
    entrySize: 0,
  })
}
