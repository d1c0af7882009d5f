import { Problems } from '../../base/user-error.js'
import { type RelocationType, relaxationOf, relocationTypes } from '../arch-x86-64.js'
import { SHF, SHT } from '../elf/section.js'
import { STB, STT, symbolEntry } from '../elf/symbol.js'
import type { InputSection, Link, LinkSymbol } from '../model.js'
import { eachRelocation, placeName, type Relocation, symbolName } from '../relocations.js'
import { isBootSection, isCIdentifier } from '../section-names.js'

/**
 * Looks at every live relocation once: is its symbol defined, does it need a GOT slot, does the word move with the image?
 * What cannot be linked is collected and told at once.
 */
export function scanRelocations(link: Link): void {
  const scan: Scan = { link, problems: new Problems(), undefined: new Map() }
  for (const name of [link.entry ?? [], link.options.roots ?? []].flat()) {
    const symbol = link.symbols.get(name)
    if (symbol?.state === 'undefined') scan.undefined.set(symbol, ['the link itself (entry or root)'])
  }
  const visit = (relocation: Relocation) => scanOne(scan, relocation)
  for (const file of link.objects) {
    for (const section of file.sections)
      if (section?.live && section.relocationCount > 0) eachRelocation(section, visit)
  }
  reportUndefined(scan.undefined)
  scan.problems.stopHere('some relocations cannot be linked')
}

interface Scan {
  readonly link: Link
  readonly problems: Problems
  /** Who refers to what nobody defines. */
  readonly undefined: Map<LinkSymbol, string[]>
}

function scanOne(scan: Scan, relocation: Relocation): boolean {
  const { symbol, section, offset } = relocation
  const type = relocationTypes[relocation.type]
  if (type === undefined) return refuse(scan, relocation, `has the unknown type ${relocation.type}`)
  if (offset + type.width > section.size) return refuse(scan, relocation, 'lies outside of its section')
  if (symbol.state === 'undefined' && !isWeakHere(relocation)) return noteUndefined(scan, relocation)
  if (symbol.type === STT.GNU_IFUNC)
    return refuse(
      scan,
      relocation,
      'needs an indirect function (IFUNC), which only a C library with IRELATIVE support resolves',
    )
  if (type.kind.startsWith('tls-') && !checkTls(scan, relocation)) return false

  switch (type.kind) {
    case 'absolute':
      return symbol.moves ? scanMoving(scan, relocation, type) : false
    case 'pc-relative':
      return symbol.moves || symbol.state === 'undefined' || staysInPlace(scan, section)
        ? false
        : refuse(scan, relocation, 'is relative, but the symbol is absolute and the image moves')
    case 'got-load':
      if (relaxationOf(relocation) === undefined) needGotSlot(scan.link, symbol)
      return false
    case 'got-slot':
      needGotSlot(scan.link, symbol)
      return false
    case 'tls-got-load':
      if (relaxationOf(relocation) === undefined) needTlsGotSlot(scan.link, symbol)
      return false
    case 'tls-general-dynamic':
    case 'tls-local-dynamic':
    case 'tls-descriptor':
    case 'tls-descriptor-call':
      return relaxTls(scan, relocation)
    default:
      return false
  }
}

/** An address in a 64-bit word needs a run-time relocation; in anything narrower it cannot be linked. */
function scanMoving(scan: Scan, relocation: Relocation, type: RelocationType): boolean {
  const { section, offset } = relocation
  const { output } = scan.link.options
  if (staysInPlace(scan, section)) return false
  if (output === 'shared')
    return refuse(scan, relocation, 'needs a run-time relocation, which the vDSO cannot have')
  if (type.width < 8)
    return refuse(
      scan,
      relocation,
      output === 'kernel'
        ? 'holds an address in less than 64 bits outside of .boot sections'
        : 'holds an address in less than 64 bits: compile with -fPIE',
    )
  if (output === 'static-pie' && !(section.flags & SHF.WRITE)) {
    return refuse(scan, relocation, 'needs a run-time relocation in read-only memory: compile with -fPIE')
  }
  // One step wider, the section starts on an even address; arrays of sections (__start_X) must stay without gaps.
  if (section.align === 1 && !isCIdentifier(section.name)) section.align = 2
  const isEven = section.align % 2 === 0 && offset % 2 === 0
  if (!isEven && output === 'kernel')
    return refuse(scan, relocation, 'holds an address at an odd place, which a RELR table cannot express')
  const words = isEven ? scan.link.movingWords : scan.link.oddMovingWords
  words.push({ section, offset })
  return false
}

/** Boot code, and notes, which a loader reads from the file, keep the addresses that they were linked with. */
function staysInPlace(scan: Scan, section: InputSection): boolean {
  return scan.link.options.output === 'kernel' && (isBootSection(section.name) || section.type === SHT.NOTE)
}

/** Accesses through __tls_get_addr and TLS descriptors have no other way than to be rewritten. */
function relaxTls(scan: Scan, relocation: Relocation): boolean {
  const relaxation = relaxationOf(relocation)
  if (relaxation !== undefined) return relaxation.takesNext ?? false
  return refuse(scan, relocation, 'is not part of the instruction sequence that the TLS ABI prescribes')
}

function checkTls(scan: Scan, relocation: Relocation): boolean {
  const { section } = relocation.symbol
  if (scan.link.options.output !== 'static-pie')
    return refuse(scan, relocation, 'uses thread-local storage, which only an app can have')
  const isThreadLocal = section === undefined || (section.flags & SHF.TLS) !== 0
  return isThreadLocal || refuse(scan, relocation, 'treats a symbol as thread-local that is not')
}

function needGotSlot(link: Link, symbol: LinkSymbol): void {
  if (symbol.gotSlot === -1) symbol.gotSlot = link.got.push({ symbol, tls: false }) - 1
}

function needTlsGotSlot(link: Link, symbol: LinkSymbol): void {
  if (symbol.tlsGotSlot === -1) symbol.tlsGotSlot = link.got.push({ symbol, tls: true }) - 1
}

/** Each object says for itself whether it can do without the symbol. */
function isWeakHere({ section, symbolIndex }: Relocation): boolean {
  const { view, symbolTable } = section.file
  return (
    view.getUint8(symbolTable + symbolIndex * symbolEntry.size + symbolEntry.offsets.info) >> 4 === STB.WEAK
  )
}

function noteUndefined(scan: Scan, relocation: Relocation): boolean {
  const { symbol, section } = relocation
  if (symbol.name === '') return refuse(scan, relocation, 'refers to a section that is not linked')
  const where = `${section.file.name} (${section.name})`
  const known = scan.undefined.get(symbol)
  if (known === undefined) scan.undefined.set(symbol, [where])
  else if (!known.includes(where)) known.push(where)
  return false
}

function reportUndefined(missing: ReadonlyMap<LinkSymbol, readonly string[]>): void {
  const problems = new Problems()
  for (const [symbol, users] of missing) {
    const more = users.length > 3 ? ` and ${users.length - 3} more` : ''
    problems.add(`undefined symbol ${symbol.name}`, `referred to by ${users.slice(0, 3).join(', ')}${more}`)
  }
  problems.stopHere('symbols are not defined')
}

function refuse(scan: Scan, relocation: Relocation, why: string): false {
  const name = relocationTypes[relocation.type]?.name ?? 'relocation'
  scan.problems.add(`${name} against ${symbolName(relocation)} ${why}`, placeName(relocation))
  return false
}
