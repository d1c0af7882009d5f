import { Problems } from '../../base/user-error.js'
import { type RelocationType, relocationTypes } from '../arch-x86-64.js'
import { bindingOf, SYMBOL_WORDS, symbolMarks } from '../elf/rows.js'
import { SHF, SHT } from '../elf/section.js'
import { STB, STT } from '../elf/symbol.js'
import type { InputSection, Link, LinkSymbol } from '../model.js'
import { relaxationOf } from '../relax-x86-64.js'
import { newRelocation, placeName, type Relocation, readRelocation, symbolName } from '../relocations.js'
import { isBootSection, isCIdentifier } from '../section-names.js'

/**
 * Looks once at every live relocation that is more than a distance: is its symbol defined, does it need a GOT slot, does
 * the word move with the image? What cannot be linked is collected and told at once.
 */
export function scanRelocations(link: Link): void {
  const scan: Scan = { link, problems: new Problems(), undefined: new Map() }
  for (const name of [link.entry ?? [], link.options.roots ?? []].flat()) {
    const symbol = link.symbols.get(name)
    if (symbol?.state === 'undefined') scan.undefined.set(symbol, ['the link itself (entry or root)'])
  }
  const relocation = newRelocation()
  link.sections.forEach((section) => {
    section.demanding?.forEach((row) => {
      readRelocation(relocation, section, row)
      const obstacle = scanOne(scan, relocation)
      if (obstacle !== undefined) refuse(scan, relocation, obstacle)
    })
  })
  reportUndefined(scan.undefined)
  scan.problems.stopHere('some relocations cannot be linked')
}

interface Scan {
  readonly link: Link
  readonly problems: Problems
  /** Who refers to what nobody defines. */
  readonly undefined: Map<LinkSymbol, string[]>
}

/** Why the relocation is impossible, if it is. */
function scanOne(scan: Scan, relocation: Relocation): string | undefined {
  const { symbol, section, offset } = relocation
  const type = relocationTypes[relocation.type]
  if (type === undefined) return `has the unknown type ${relocation.type}`
  if (offset + type.width > section.size) return 'lies outside of its section'
  if (symbol.state === 'undefined' && !isWeakHere(relocation)) return noteUndefined(scan, relocation)
  if (symbol.type === STT.GNU_IFUNC)
    return 'needs an indirect function (IFUNC), which only a C library with IRELATIVE support resolves'
  switch (type.kind) {
    case 'absolute':
      return symbol.moves ? scanMoving(scan, relocation, type) : undefined
    case 'pc-relative':
      return symbol.moves || symbol.state === 'undefined' || staysInPlace(scan, section)
        ? undefined
        : 'is relative, but the symbol is absolute and the image moves'
    case 'got-load':
      if (relaxationOf(relocation) === undefined) needGotSlot(scan.link, symbol)
      return undefined
    case 'got-slot':
      needGotSlot(scan.link, symbol)
      return undefined
    default:
      return type.isThreadLocal ? scanThreadLocal(scan, relocation, type) : undefined
  }
}

/** An address in a 64-bit word needs a run-time relocation; in anything narrower it cannot be linked. */
function scanMoving(scan: Scan, { section, offset }: Relocation, type: RelocationType): string | undefined {
  const { link } = scan
  const { output } = link.options
  if (staysInPlace(scan, section)) return undefined
  if (output === 'shared') return 'needs a run-time relocation, which the vDSO cannot have'
  if (type.width < 8)
    return output === 'kernel'
      ? 'holds an address in less than 64 bits outside of .boot sections'
      : 'holds an address in less than 64 bits: compile with -fPIE'
  if (output === 'static-pie' && !(section.flags & SHF.WRITE))
    return 'needs a run-time relocation in read-only memory: compile with -fPIE'
  // One step wider, the section starts on an even address; arrays of sections (__start_X) must stay without gaps.
  if (section.align === 1 && !isCIdentifier(section.name)) section.align = 2
  const isEven = section.align % 2 === 0 && offset % 2 === 0
  if (!isEven && output === 'kernel')
    return 'holds an address at an odd place, which a RELR table cannot express'
  const words = isEven ? link.movingWords : link.oddMovingWords
  words.push({ section, offset })
  return undefined
}

/** Boot code, and notes, which a loader reads from the file, keep the addresses that they were linked with. */
function staysInPlace(scan: Scan, section: InputSection): boolean {
  return scan.link.options.output === 'kernel' && (isBootSection(section.name) || section.type === SHT.NOTE)
}

function scanThreadLocal(scan: Scan, relocation: Relocation, { kind }: RelocationType): string | undefined {
  const { symbol } = relocation
  if (scan.link.options.output !== 'static-pie')
    return 'uses thread-local storage, which only an app can have'
  if (symbol.section !== undefined && (symbol.section.flags & SHF.TLS) === 0)
    return 'treats a symbol as thread-local that is not'
  if (kind === 'tls-offset' || relaxationOf(relocation) !== undefined) return undefined
  // Accesses through __tls_get_addr and TLS descriptors have no other way than to be rewritten.
  if (kind !== 'tls-got-load') return 'is not part of the instruction sequence that the TLS ABI prescribes'
  needTlsGotSlot(scan.link, symbol)
  return undefined
}

function needGotSlot(link: Link, symbol: LinkSymbol): void {
  if (symbol.gotSlot === -1) symbol.gotSlot = link.got.push({ symbol, tls: false }) - 1
}

function needTlsGotSlot(link: Link, symbol: LinkSymbol): void {
  if (symbol.tlsGotSlot === -1) symbol.tlsGotSlot = link.got.push({ symbol, tls: true }) - 1
}

/** Each object says for itself whether it can do without the symbol. */
function isWeakHere({ section, symbolIndex }: Relocation): boolean {
  const { words, symbolTable } = section.file
  return bindingOf(symbolMarks(words, symbolTable + symbolIndex * SYMBOL_WORDS)) === STB.WEAK
}

function noteUndefined(scan: Scan, { symbol, section }: Relocation): string | undefined {
  if (symbol.name === '') return 'refers to a section that is not linked'
  const where = `${section.file.name} (${section.name})`
  const known = scan.undefined.get(symbol)
  if (known === undefined) scan.undefined.set(symbol, [where])
  else if (!known.includes(where)) known.push(where)
  return undefined
}

function reportUndefined(missing: ReadonlyMap<LinkSymbol, readonly string[]>): void {
  const problems = new Problems()
  for (const [symbol, users] of missing) {
    const more = users.length > 3 ? ` and ${users.length - 3} more` : ''
    problems.add(`undefined symbol ${symbol.name}`, `referred to by ${users.slice(0, 3).join(', ')}${more}`)
  }
  problems.stopHere('symbols are not defined')
}

function refuse(scan: Scan, relocation: Relocation, why: string): void {
  const name = relocationTypes[relocation.type]?.name ?? 'relocation'
  scan.problems.add(`${name} against ${symbolName(relocation)} ${why}`, placeName(relocation))
}
