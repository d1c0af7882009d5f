import { relocationTypes } from '../arch-x86-64.js'
import { SHF, SHT } from '../elf/section.js'
import { isExported } from '../exports.js'
import type { InputSection, Link, LinkSymbol } from '../model.js'
import { cutIntoPieces, pieceAt, pointedOffset } from '../pieces.js'
import { eachRelocation, type Relocation } from '../relocations.js'
import { boundaryOf, isCIdentifier } from '../section-names.js'

/**
 * Marks the sections that can be reached from the entry, the roots and what is kept by its nature. Of mergeable sections
 * single strings are marked. The rest of the link looks at live sections only.
 */
export function collectGarbage(link: Link): void {
  const marker: Marker = { pending: [], named: sectionsByIdentifier(link) }
  for (const name of [link.entry ?? [], link.options.roots ?? []].flat())
    markSymbol(marker, link.symbols.get(name))
  if (link.options.output === 'shared')
    for (const symbol of link.symbols.values()) if (isExported(symbol)) markSymbol(marker, symbol)
  for (const file of link.objects) {
    for (const section of file.sections)
      if (section !== undefined && isKept(section)) markWhole(marker, section)
  }
  const visit = (relocation: Relocation) => follow(marker, relocation)
  for (let next = marker.pending.pop(); next !== undefined; next = marker.pending.pop())
    eachRelocation(next, visit)
}

interface Marker {
  /** Live sections whose relocations are still to be followed. */
  readonly pending: InputSection[]
  /** Sections that __start_X and __stop_X bound, by X. */
  readonly named: ReadonlyMap<string, InputSection[]>
}

/** Kept although nothing refers to them: what the start code runs, notes, and what the source marks `retain`. */
function isKept(section: InputSection): boolean {
  switch (section.type) {
    case SHT.NOTE:
    case SHT.INIT_ARRAY:
    case SHT.FINI_ARRAY:
    case SHT.PREINIT_ARRAY:
      return true
    default:
      return (section.flags & SHF.GNU_RETAIN) !== 0 || section.name === '.init' || section.name === '.fini'
  }
}

function follow(marker: Marker, relocation: Relocation): boolean {
  const { symbol } = relocation
  const target = symbol.section
  if (target === undefined) markSymbol(marker, symbol)
  else {
    markSection(marker, target)
    if (target.pieces !== undefined) target.pieces.live[pieceAt(target.pieces, pointedOffset(relocation))] = 1
  }
  return callsTlsNext(relocation)
}

/** The call to __tls_get_addr goes away with the relaxation of what comes before it. */
function callsTlsNext({ type }: Relocation): boolean {
  const kind = relocationTypes[type]?.kind
  return kind === 'tls-general-dynamic' || kind === 'tls-local-dynamic'
}

function markSymbol(marker: Marker, symbol: LinkSymbol | undefined): void {
  if (symbol?.section !== undefined) markWhole(marker, symbol.section)
  else if (symbol !== undefined) {
    const bounded = boundaryOf(symbol.name)
    if (bounded !== undefined)
      for (const section of marker.named.get(bounded.section) ?? []) markSection(marker, section)
  }
}

function markWhole(marker: Marker, section: InputSection): void {
  markSection(marker, section)
  section.pieces?.live.fill(1)
}

function markSection(marker: Marker, section: InputSection): void {
  if (section.live) return
  section.live = true
  section.pieces = cutIntoPieces(section)
  if (section.relocationCount > 0) marker.pending.push(section)
  if (section.group !== undefined) for (const member of section.group) markWhole(marker, member)
}

function sectionsByIdentifier(link: Link): Map<string, InputSection[]> {
  const named = new Map<string, InputSection[]>()
  for (const file of link.objects) {
    for (const section of file.sections) {
      if (section === undefined || !isCIdentifier(section.name)) continue
      const known = named.get(section.name)
      if (known === undefined) named.set(section.name, [section])
      else known.push(section)
    }
  }
  return named
}
