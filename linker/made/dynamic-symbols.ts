import { ByteWriter } from '../../base/byte-writer.js'
import { u16, u32 } from '../../base/struct.js'
import { addressOf } from '../addresses.js'
import { VER_FLG_BASE, versionDefinition, versionName } from '../elf/dynamic.js'
import { SHF, SHT } from '../elf/section.js'
import { STB, symbolEntry } from '../elf/symbol.js'
import { isExported } from '../exports.js'
import { linkerFile, newSection } from '../make.js'
import type { Link, LinkSymbol, MadeSection } from '../model.js'

/** Where the name table, after its empty first name, holds the name of the object itself. */
export const SONAME_OFFSET = 1
/** Indexes of the two version definitions: the object itself, and the version that all its symbols have. */
const BASE_VERSION = 1
const SYMBOL_VERSION = 2

/** The tables by which others find a shared object's symbols: .hash, .dynsym, .dynstr and the version sections. */
export function makeDynamicSymbols(link: Link): void {
  const { soname = '', version } = link.options
  const exported = [...link.symbols.values()].filter(isExported).sort((a, b) => (a.name < b.name ? -1 : 1))
  const names = makeNames([soname, version ?? '', ...exported.map((symbol) => symbol.name)])
  const rows = (exported.length + 1) * symbolEntry.size

  add(link, '.hash', { type: SHT.HASH, align: 8, entrySize: 4 }, hashTable(exported), { linkTo: '.dynsym' })
  add(link, '.dynsym', { type: SHT.DYNSYM, align: 8, entrySize: symbolEntry.size }, new Uint8Array(rows), {
    linkTo: '.dynstr',
    info: 1, // the number of local symbols: the empty first one
    fill: (_, out) => fillSymbols(link, out, exported, names),
  })
  add(link, '.dynstr', { type: SHT.STRTAB, align: 1, entrySize: 0 }, names.table)
  if (version === undefined) return
  const versions = exported.map(() => SYMBOL_VERSION)
  add(link, '.gnu.version', { type: SHT.GNU_VERSYM, align: 2, entrySize: 2 }, halfWords([0, ...versions]), {
    linkTo: '.dynsym',
  })
  const definitions = [
    defineVersion(BASE_VERSION, soname, names, false),
    defineVersion(SYMBOL_VERSION, version, names, true),
  ]
  add(link, '.gnu.version_d', { type: SHT.GNU_VERDEF, align: 8, entrySize: 0 }, Buffer.concat(definitions), {
    linkTo: '.dynstr',
    info: definitions.length,
  })
}

type Shape = { readonly type: number; readonly align: number; readonly entrySize: number }

function add(
  link: Link,
  name: string,
  shape: Shape,
  contents: Uint8Array,
  more: Partial<MadeSection> = {},
): void {
  const section = newSection(linkerFile, {
    name,
    flags: SHF.ALLOC,
    size: contents.length,
    contents,
    ...shape,
  })
  link.made.push({ section, fill: () => {}, ...more })
}

interface Names {
  readonly table: Uint8Array
  readonly offsets: ReadonlyMap<string, number>
}

function makeNames(names: readonly string[]): Names {
  const out = new ByteWriter()
  out.zeros(1)
  const offsets = new Map(names.map((name) => [name, out.cString(name)]))
  return { table: out.finish(), offsets }
}

function fillSymbols(link: Link, out: DataView, exported: readonly LinkSymbol[], names: Names): void {
  exported.forEach((symbol, i) => {
    const output = symbol.section?.output
    symbolEntry.write(out, (i + 1) * symbolEntry.size, {
      name: names.offsets.get(symbol.name) ?? 0,
      info: ((symbol.weak ? STB.WEAK : STB.GLOBAL) << 4) | symbol.type,
      other: symbol.visibility,
      section: output === undefined ? 0 : link.outputs.indexOf(output) + 1,
      value: BigInt(addressOf(symbol)),
      size: symbol.size,
    })
  })
}

/** Number of buckets and of chains, first symbol of each bucket, next symbol of each symbol. gABI chapter 5, "Hash Table". */
function hashTable(exported: readonly LinkSymbol[]): Uint8Array {
  const buckets = new Array<number>(Math.max(exported.length, 1)).fill(0)
  const chains = new Array<number>(exported.length + 1).fill(0)
  exported.forEach(({ name }, i) => {
    const bucket = elfHash(name) % buckets.length
    chains[i + 1] = buckets[bucket] ?? 0
    buckets[bucket] = i + 1
  })
  const out = new ByteWriter()
  for (const word of [buckets.length, chains.length, ...buckets, ...chains]) out.append(u32, word)
  return out.finish()
}

export function elfHash(name: string): number {
  let hash = 0
  for (const byte of Buffer.from(name)) {
    hash = (hash << 4) + byte
    const top = hash & 0xf0000000
    hash = (hash ^ (top >>> 24)) & ~top
  }
  return hash >>> 0
}

function halfWords(values: readonly number[]): Uint8Array {
  const out = new ByteWriter()
  for (const value of values) out.append(u16, value)
  return out.finish()
}

function defineVersion(index: number, name: string, names: Names, isLast: boolean): Uint8Array {
  const out = new ByteWriter()
  out.append(versionDefinition, {
    version: 1,
    flags: index === BASE_VERSION ? VER_FLG_BASE : 0,
    index,
    nameCount: 1,
    hash: elfHash(name),
    names: versionDefinition.size,
    next: isLast ? 0 : versionDefinition.size + versionName.size,
  })
  out.append(versionName, { name: names.offsets.get(name) ?? 0, next: 0 })
  return out.finish()
}
