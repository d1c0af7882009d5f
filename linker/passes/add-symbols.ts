import { threadPointerOf } from '../addresses.js'
import { STV } from '../elf/symbol.js'
import {
  bssStart,
  endOf,
  imageEnd,
  imageStart,
  pageDown,
  pageUp,
  segmentEnd,
  segmentStart,
  startOf,
} from '../layout-queries.js'
import { linkerFile } from '../make.js'
import type { Link, LinkAddress, LinkSymbol } from '../model.js'
import { sectionName } from '../object-rows.js'
import { boundaryOf } from '../section-names.js'

type Compute = (link: Link) => LinkAddress

/**
 * Defines what is referred to but only the linker can know. A definition in an object goes before these. The values are
 * computed after layout (`computeSymbols` in layout.ts).
 */
export function addSymbols(link: Link): void {
  const fixed = { ...ANY_OUTPUT, ...(link.options.output === 'kernel' ? KERNEL : APPLICATION) }
  for (const [name, compute] of Object.entries(fixed)) define(link, link.symbols.get(name), compute)
  const named = namesOfSections(link)
  for (const symbol of link.symbols.values()) {
    if (symbol.state !== 'undefined') continue
    const bounded = boundaryOf(symbol.name)
    if (bounded === undefined || !named.has(bounded.section)) continue
    const { section, end } = bounded
    define(link, symbol, end === 'start' ? startOf(section) : endOf(section))
  }
}

function define(link: Link, symbol: LinkSymbol | undefined, compute: Compute): void {
  if (symbol === undefined || symbol.state !== 'undefined') return
  symbol.state = 'defined'
  symbol.file = linkerFile
  symbol.moves = true
  symbol.visibility = STV.HIDDEN
  link.computed.set(symbol, compute)
}

const ANY_OUTPUT: Readonly<Record<string, Compute>> = {
  __executable_start: imageStart,
  _GLOBAL_OFFSET_TABLE_: startOf('.got'),
  __preinit_array_start: startOf('.preinit_array'),
  __preinit_array_end: endOf('.preinit_array'),
  __init_array_start: startOf('.init_array'),
  __init_array_end: endOf('.init_array'),
  __fini_array_start: startOf('.fini_array'),
  __fini_array_end: endOf('.fini_array'),
  __bss_start: bssStart,
  _edata: bssStart,
  edata: bssStart,
  _etext: segmentEnd('text'),
  etext: segmentEnd('text'),
  _end: imageEnd,
  end: imageEnd,
}

const APPLICATION: Readonly<Record<string, Compute>> = {
  __ehdr_start: imageStart,
  _DYNAMIC: startOf('.dynamic'),
  // What thread-local offsets count from, once a call for the module's base has become a read of the thread pointer.
  _TLS_MODULE_BASE_: threadPointerOf,
  // Whole pages, so that start code can hand them to mprotect as they are.
  __relro_start: (link) => pageDown(segmentStart('relro')(link)),
  __relro_end: (link) => pageUp(segmentEnd('relro')(link)),
}

/** All on page borders, the relocation table's apart. Cleared memory comes last, so a flat copy of the file is the image but for that. */
const KERNEL: Readonly<Record<string, Compute>> = {
  __kernel_start: imageStart,
  __kernel_end: (link) => pageUp(imageEnd(link)),
  __text_start: segmentStart('text'),
  __text_end: (link) => pageUp(segmentEnd('text')(link)),
  __rodata_start: segmentStart('read-only'),
  __rodata_end: (link) => pageUp(segmentEnd('read-only')(link)),
  __data_start: segmentStart('data'),
  __data_end: (link) => pageUp(bssStart(link)),
  __bss_end: (link) => pageUp(segmentEnd('data')(link)),
  __relr_start: startOf('.relr'),
  __relr_end: endOf('.relr'),
}

function namesOfSections(link: Link): Set<string> {
  return new Set(link.objects.flatMap((file) => file.identifiers.map((index) => sectionName(file, index))))
}
