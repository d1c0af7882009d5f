import { Problems, UserError } from '../../base/user-error.js'
import { readArchiveMember } from '../archive.js'
import { nameAt } from '../elf/names.js'
import {
  bindingOf,
  readLong,
  SYMBOL,
  SYMBOL_WORDS,
  sectionOf,
  symbolMarks,
  typeOf,
  visibilityOf,
} from '../elf/rows.js'
import { SHF, SHT } from '../elf/section.js'
import { SHN, STB, STT, STV } from '../elf/symbol.js'
import { isLinkable } from '../input-sections.js'
import { newSection, newSymbol } from '../make.js'
import type { Link, LinkSymbol, ObjectFile } from '../model.js'
import { readObject } from '../object-reader.js'
import { sectionName } from '../object-rows.js'

/**
 * Finds the one definition of every global name, and the archive members that are needed for it. All archives count as
 * one group: their order says who wins, never who may refer to whom. A weak reference fetches no member.
 */
export function resolveSymbols(link: Link): void {
  const resolver: Resolver = { link, problems: new Problems(), comdats: new Set(), wanted: new Set() }
  for (const name of [link.entry ?? [], link.options.roots ?? []].flat())
    resolver.wanted.add(intern(link, name))
  for (const file of link.objects) addFile(resolver, file)

  // A Set is iterated in the order of insertion, additions of this loop included.
  for (const symbol of resolver.wanted) {
    const member = symbol.state === 'undefined' ? link.archives.get(symbol.name) : undefined
    if (member === undefined || member.isFetched) continue
    member.isFetched = true
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
    if (signature === undefined) continue
    if (resolver.comdats.has(signature)) for (const index of members) file.dropped.add(index)
    else resolver.comdats.add(signature)
  }
  for (let index = file.firstGlobal; index < file.symbolCount; index++) addGlobal(resolver, file, index)
}

function addGlobal(resolver: Resolver, file: ObjectFile, index: number): void {
  const { words } = file
  const row = file.symbolTable + index * SYMBOL_WORDS
  const name = nameAt(file.names, (words[row] as number) >>> 0)
  if (name === undefined)
    throw new UserError(`${file.name} cannot be linked: a symbol's name is outside of its table`)
  const symbol = intern(resolver.link, name)
  file.symbols[index] = symbol
  const marks = symbolMarks(words, row)
  const visibility = visibilityOf(marks)
  if (visibility !== symbol.visibility) symbol.visibility = strictest(symbol.visibility, visibility)

  const weak = bindingOf(marks) === STB.WEAK
  const section = sectionOf(marks)
  if (section === SHN.COMMON) addCommon(symbol, file, row)
  else if (section !== SHN.ABS && !isLinkable(file, section)) {
    // Undefined here, or defined in the losing copy of a COMDAT group.
    if (!weak) resolver.wanted.add(symbol)
  } else if (rank(symbol) < (weak ? 1 : 3)) {
    define(symbol, file, row, weak)
    symbol.sectionIndex = section === SHN.ABS ? 0 : section
    symbol.moves = section !== SHN.ABS
    symbol.address = symbol.value // counts for absolute symbols only
  } else if (!weak) {
    resolver.problems.add(
      `duplicate symbol ${name}`,
      `defined by ${definer(symbol)} and by ${file.name}${inSection(file, section)}`,
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
  symbol.sectionIndex = 0
  if (!merged) return
  symbol.size = Math.max(size, symbol.size)
  symbol.value = Math.max(value, symbol.value)
}

function define(symbol: LinkSymbol, file: ObjectFile, row: number, weak: boolean): void {
  const { words } = file
  symbol.state = 'defined'
  symbol.weak = weak
  symbol.file = file
  symbol.type = typeOf(symbolMarks(words, row))
  symbol.value = readLong(words, row + SYMBOL.value)
  symbol.size = readLong(words, row + SYMBOL.size)
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
    const sectionIndex = file.sectionCount + file.commons.push(section) - 1
    Object.assign(symbol, { state: 'defined', sectionIndex, value: 0, moves: true })
  }
}

function definer({ file, sectionIndex }: LinkSymbol): string {
  return file === undefined ? 'nobody' : `${file.name}${inSection(file, sectionIndex)}`
}

function inSection(file: ObjectFile, index: number): string {
  return isLinkable(file, index) ? ` (${sectionName(file, index)})` : ''
}
