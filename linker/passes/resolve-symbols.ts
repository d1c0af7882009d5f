import { Problems, UserError } from '../../base/user-error.js'
import { readArchiveMember } from '../archive.js'
import { readSigned64 } from '../elf/int64.js'
import { nameAt } from '../elf/names.js'
import { SHF, SHT } from '../elf/section.js'
import { SHN, STB, STT, STV, symbolEntry } from '../elf/symbol.js'
import { newSection, newSymbol } from '../make.js'
import type { Link, LinkSymbol, ObjectFile } from '../model.js'
import { readObject } from '../object-reader.js'

const ROW = symbolEntry.offsets

/**
 * Finds the one definition of every global name, and the archive members that are needed for it. All archives count as
 * one group: their order says who wins, never who may refer to whom. A weak reference fetches no member.
 */
export function resolveSymbols(link: Link): void {
  const resolver: Resolver = { link, problems: new Problems(), comdats: new Set(), wanted: new Set() }
  for (const name of [link.entry ?? [], link.options.roots ?? []].flat())
    resolver.wanted.add(intern(link, name))
  for (const file of link.objects) addFile(resolver, file)

  const fetched = new Set<number>()
  // A Set is iterated in the order of insertion, additions of this loop included.
  for (const symbol of resolver.wanted) {
    const member = symbol.state === 'undefined' ? link.archives.get(symbol.name) : undefined
    if (member === undefined) continue
    const id = member.order * 2 ** 32 + member.offset
    if (fetched.has(id)) continue
    fetched.add(id)
    const file = readObject(readArchiveMember(member.archive, member.offset), member.order, member.offset)
    link.objects.push(file)
    addFile(resolver, file)
  }
  resolver.problems.stopHere('symbols are defined more than once')
  link.objects.sort((a, b) => a.order - b.order || a.memberOffset - b.memberOffset)
  placeCommons(link)
}

interface Resolver {
  readonly link: Link
  readonly problems: Problems
  /** Signatures of the groups already linked. */
  readonly comdats: Set<string>
  /** Names that someone needs a definition for. */
  readonly wanted: Set<LinkSymbol>
}

function addFile(resolver: Resolver, file: ObjectFile): void {
  for (const { signature, members } of file.groups) {
    if (resolver.comdats.has(signature)) for (const index of members) file.sections[index] = undefined
    else resolver.comdats.add(signature)
  }
  file.symbols.length = file.symbolCount
  for (let index = file.firstGlobal; index < file.symbolCount; index++) addGlobal(resolver, file, index)
}

function addGlobal(resolver: Resolver, file: ObjectFile, index: number): void {
  const { view } = file
  const row = file.symbolTable + index * symbolEntry.size
  const name = nameAt(file.names, view.getUint32(row + ROW.name, true))
  if (name === undefined)
    throw new UserError(`${file.name} cannot be linked: a symbol's name is outside of its table`)
  const symbol = intern(resolver.link, name)
  file.symbols[index] = symbol
  symbol.visibility = strictest(symbol.visibility, view.getUint8(row + ROW.other) & 3)

  const weak = view.getUint8(row + ROW.info) >> 4 === STB.WEAK
  const sectionIndex = view.getUint16(row + ROW.section, true)
  const isReserved = sectionIndex >= SHN.LORESERVE
  const section = isReserved ? undefined : file.sections[sectionIndex]
  if (sectionIndex === SHN.COMMON) addCommon(symbol, file, row)
  else if (section === undefined && sectionIndex !== SHN.ABS) {
    // Undefined here, or defined in the losing copy of a COMDAT group.
    if (!weak) resolver.wanted.add(symbol)
  } else if (rank(symbol) < (weak ? 1 : 3)) {
    define(symbol, file, row, weak)
    symbol.section = section
    symbol.moves = section !== undefined
    symbol.address = symbol.value // counts for absolute symbols only
  } else if (!weak) {
    resolver.problems.add(
      `duplicate symbol ${name}`,
      `defined by ${definer(symbol)} and by ${file.name}${inSection(section?.name)}`,
    )
  }
}

/** A common symbol gives way to a definition, but not to a weak one; of several the largest counts. */
function addCommon(symbol: LinkSymbol, file: ObjectFile, row: number): void {
  const { size, value } = symbol
  if (rank(symbol) > 2) return
  const merged = symbol.state === 'common'
  define(symbol, file, row, false)
  symbol.state = 'common'
  symbol.section = undefined
  if (!merged) return
  symbol.size = Math.max(size, symbol.size)
  symbol.value = Math.max(value, symbol.value)
}

function define(symbol: LinkSymbol, file: ObjectFile, row: number, weak: boolean): void {
  const { view } = file
  symbol.state = 'defined'
  symbol.weak = weak
  symbol.file = file
  symbol.type = view.getUint8(row + ROW.info) & 15
  symbol.value = readSigned64(view, row + ROW.value)
  symbol.size = readSigned64(view, row + ROW.size)
}

function rank(symbol: LinkSymbol): number {
  if (symbol.state === 'undefined') return 0
  if (symbol.state === 'common') return 2
  return symbol.weak ? 1 : 3
}

function intern(link: Link, name: string): LinkSymbol {
  let symbol = link.symbols.get(name)
  if (symbol === undefined) {
    symbol = newSymbol(name)
    link.symbols.set(name, symbol)
  }
  return symbol
}

/** Default is the widest; of the others the lower number is the stricter. */
function strictest(a: number, b: number): number {
  if (a === STV.DEFAULT || b === STV.DEFAULT) return a | b
  return Math.min(a, b)
}

/** Each common symbol becomes a section of its own, so that unused ones are collected like any other. */
function placeCommons(link: Link): void {
  for (const symbol of link.symbols.values()) {
    const { file } = symbol
    if (symbol.state !== 'common' || file === undefined) continue
    const tls = symbol.type === STT.TLS
    const section = newSection(file, {
      name: tls ? '.tbss' : '.bss',
      type: SHT.NOBITS,
      flags: SHF.ALLOC | SHF.WRITE | (tls ? SHF.TLS : 0),
      align: Math.max(symbol.value, 1),
      size: symbol.size,
    })
    file.sections.push(section)
    Object.assign(symbol, { state: 'defined', section, value: 0, moves: true })
  }
}

function definer(symbol: LinkSymbol): string {
  return `${symbol.file?.name}${inSection(symbol.section?.name)}`
}

function inSection(name: string | undefined): string {
  return name === undefined ? '' : ` (${name})`
}
