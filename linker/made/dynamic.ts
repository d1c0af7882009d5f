import { DF_1_PIE, DT, dynamicEntry } from '../elf/dynamic.js'
import { relocationEntry } from '../elf/relocation.js'
import { SHF, SHT } from '../elf/section.js'
import { symbolEntry } from '../elf/symbol.js'
import { outputNamed } from '../layout-queries.js'
import { linkerFile, newSection } from '../make.js'
import type { Link } from '../model.js'
import { SONAME_OFFSET } from './dynamic-symbols.js'

/**
 * What start code (an app) or the program that looks for the vDSO reads first. Constructors are found by their symbols,
 * not from here.
 */
export function makeDynamic(link: Link): void {
  const rows = link.options.output === 'shared' ? SHARED : APP
  const made = new Set(link.made.map(({ section }) => section.name))
  const present = rows.filter((row) => {
    if (row.tag === DT.SONAME) return link.options.soname !== undefined
    return row.needs === undefined || made.has(row.needs)
  })
  const section = newSection(linkerFile, {
    name: '.dynamic',
    type: SHT.DYNAMIC,
    flags: SHF.ALLOC | SHF.WRITE,
    align: 8,
    entrySize: dynamicEntry.size,
    size: dynamicEntry.size * (present.length + 1),
  })
  const fill = (_: Link, out: DataView) => {
    present.forEach((row, i) => {
      dynamicEntry.write(out, i * dynamicEntry.size, { tag: BigInt(row.tag), value: BigInt(row.value(link)) })
    })
    dynamicEntry.write(out, present.length * dynamicEntry.size, { tag: BigInt(DT.NULL), value: 0n })
  }
  // An app has no dynamic names; readers want a name table there all the same.
  link.made.push({ section, fill, linkTo: link.options.output === 'shared' ? '.dynstr' : '.shstrtab' })
}

interface Row {
  readonly tag: number
  /** The section without which the row is left out. */
  readonly needs?: string
  readonly value: (link: Link) => number
}

const addressOfSection = (tag: number, needs: string): Row => ({
  tag,
  needs,
  value: (link) => outputNamed(link, needs)?.address ?? 0,
})
const sizeOfSection = (tag: number, needs: string): Row => ({
  tag,
  needs,
  value: (link) => outputNamed(link, needs)?.size ?? 0,
})
const constant = (tag: number, value: number, needs?: string): Row => {
  return needs === undefined ? { tag, value: () => value } : { tag, needs, value: () => value }
}

const APP: readonly Row[] = [
  addressOfSection(DT.RELR, '.relr.dyn'),
  sizeOfSection(DT.RELRSZ, '.relr.dyn'),
  constant(DT.RELRENT, 8, '.relr.dyn'),
  addressOfSection(DT.RELA, '.rela.dyn'),
  sizeOfSection(DT.RELASZ, '.rela.dyn'),
  constant(DT.RELAENT, relocationEntry.size, '.rela.dyn'),
  constant(DT.FLAGS_1, DF_1_PIE),
]

/** DT_HASH, not DT_GNU_HASH: musl's vDSO reader knows no other. */
const SHARED: readonly Row[] = [
  constant(DT.SONAME, SONAME_OFFSET),
  addressOfSection(DT.HASH, '.hash'),
  addressOfSection(DT.STRTAB, '.dynstr'),
  addressOfSection(DT.SYMTAB, '.dynsym'),
  sizeOfSection(DT.STRSZ, '.dynstr'),
  constant(DT.SYMENT, symbolEntry.size),
  addressOfSection(DT.VERSYM, '.gnu.version'),
  addressOfSection(DT.VERDEF, '.gnu.version_d'),
  constant(DT.VERDEFNUM, 2, '.gnu.version_d'),
]
