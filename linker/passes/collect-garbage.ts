import { callsTlsNext, plainDistances } from '../arch-x86-64.js'
import { NONE, RELOCATION, RELOCATION_WORDS, readLong } from '../elf/rows.js'
import { SHF } from '../elf/section.js'
import { STT } from '../elf/symbol.js'
import { isExported } from '../exports.js'
import { makeSection } from '../input-sections.js'
import type { InputSection, Link, LinkSymbol, ObjectFile } from '../model.js'
import { failRelocations, sectionName } from '../object-rows.js'
import { cutIntoPieces, pieceAt, pointedOffset } from '../pieces.js'
import { symbolAt } from '../relocations.js'
import { boundaryOf } from '../section-names.js'

/**
 * Makes the sections that can be reached from the entry, the roots and what is kept by its nature. Of mergeable sections
 * single strings are marked. All other sections of the inputs stay what they were: bytes that nobody looked at.
 */
export function collectGarbage(link: Link): void {
  const marker: Marker = { pending: [], named: sectionsByIdentifier(link) }
  for (const name of [link.entry ?? [], link.options.roots ?? []].flat())
    markSymbol(marker, link.symbols.get(name))
  if (link.options.output === 'shared')
    for (const symbol of link.symbols.values()) if (isExported(symbol)) markSymbol(marker, symbol)
  for (const file of link.objects) for (const index of file.kept) markWhole(marker, file, index)
  for (let next = marker.pending.pop(); next !== undefined; next = marker.pending.pop())
    followRelocations(marker, next)
  link.sections = sectionsInOrder(link.objects)
}

interface Marker {
  /** Live sections whose relocations are still to be followed. */
  readonly pending: InputSection[]
  /** Sections that __start_X and __stop_X bound, by X. */
  readonly named: ReadonlyMap<string, SectionPlace[]>
}

interface SectionPlace {
  readonly file: ObjectFile
  readonly index: number
}

const { offset: OFFSET, type: TYPE, symbol: SYMBOL, addend: ADDEND } = RELOCATION

/** Some ten thousand rows: read in place, and those that need no more than this are not looked at again before `relocate`. */
function followRelocations(marker: Marker, section: InputSection): void {
  const { file, relocations, size } = section
  const { words, symbols } = file
  const end = relocations + section.relocationCount * RELOCATION_WORDS
  for (let row = relocations; row < end; row += RELOCATION_WORDS) {
    const type = words[row + TYPE] as number
    if (type === NONE) continue
    const offset = (words[row + OFFSET] as number) >>> 0
    const addendHigh = words[row + ADDEND + 1] as number
    // A place beyond 2^32, or an addend beyond 2^53, which a number does not hold.
    if (words[row + OFFSET + 1] !== 0 || addendHigh >> 21 !== addendHigh >> 31)
      failRelocations(file, section.name)
    const index = words[row + SYMBOL] as number
    const symbol = symbols[index] ?? symbolAt(file, index)
    const target = symbol.section ?? sectionOf(marker, symbol)
    if (target === undefined) markBounded(marker, symbol)
    else if (target.pieces !== undefined) {
      const offset = pointedOffset(symbol, readLong(words, row + ADDEND), section)
      target.pieces.live[pieceAt(target.pieces, offset)] = 1
    }
    if (
      plainDistances[type] === 1 &&
      target !== undefined &&
      symbol.type !== STT.GNU_IFUNC &&
      offset + 4 <= size
    )
      continue
    section.demanding ??= []
    section.demanding.push(row)
    if (callsTlsNext(type)) row += RELOCATION_WORDS
  }
}

/** The section of a symbol that is now known to be referred to. */
function sectionOf(marker: Marker, symbol: LinkSymbol): InputSection | undefined {
  const { file, sectionIndex } = symbol
  if (file !== undefined && sectionIndex !== 0) symbol.section = reach(marker, file, sectionIndex)
  return symbol.section
}

function markSymbol(marker: Marker, symbol: LinkSymbol | undefined): void {
  if (symbol === undefined) return
  if (sectionOf(marker, symbol) === undefined) markBounded(marker, symbol)
  else if (symbol.section?.pieces !== undefined) symbol.section.pieces.live.fill(1)
}

/** `__start_X` and `__stop_X` keep all sections X. */
function markBounded(marker: Marker, { name }: LinkSymbol): void {
  const bounded = boundaryOf(name)
  if (bounded === undefined) return
  for (const { file, index } of marker.named.get(bounded.section) ?? []) reach(marker, file, index)
}

function markWhole(marker: Marker, file: ObjectFile, index: number): void {
  reach(marker, file, index)?.pieces?.live.fill(1)
}

function reach(marker: Marker, file: ObjectFile, index: number): InputSection | undefined {
  const known = file.sections[index]
  if (known !== undefined) return known
  const section = makeSection(file, index)
  if (section === undefined) return undefined
  file.sections[index] = section
  if (section.flags & SHF.MERGE) section.pieces = cutIntoPieces(section)
  if (section.relocationCount > 0) marker.pending.push(section)
  if (file.groups.length > 0) reachGroup(marker, file, index)
  return section
}

function reachGroup(marker: Marker, file: ObjectFile, index: number): void {
  for (const { members } of file.groups)
    if (members.includes(index)) for (const member of members) markWhole(marker, file, member)
}

function sectionsByIdentifier(link: Link): Map<string, SectionPlace[]> {
  const named = new Map<string, SectionPlace[]>()
  for (const file of link.objects) {
    for (const index of file.identifiers) {
      const name = sectionName(file, index)
      const known = named.get(name)
      if (known === undefined) named.set(name, [{ file, index }])
      else known.push({ file, index })
    }
  }
  return named
}

function sectionsInOrder(objects: readonly ObjectFile[]): InputSection[] {
  const live: InputSection[] = []
  for (const { sections } of objects) {
    // Visits what was made only: the array has holes.
    sections.forEach((section) => {
      if (section !== undefined) live.push(section)
    })
  }
  return live
}
