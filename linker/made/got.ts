import { u64 } from '../../base/struct.js'
import { addressOf, threadPointerOf } from '../addresses.js'
import { SHF, SHT } from '../elf/section.js'
import { linkerFile, newSection } from '../make.js'
import type { GotSlot, Link } from '../model.js'

/** The global offset table: only what no instruction could be freed of. Made too when an object asks for its address. */
export function makeGot(link: Link): void {
  const isNamed = link.symbols.has('_GLOBAL_OFFSET_TABLE_')
  if (link.got.length === 0 && !isNamed) return
  const flags = SHF.ALLOC | SHF.WRITE
  const size = 8 * link.got.length
  const section = newSection(linkerFile, {
    name: '.got',
    type: SHT.PROGBITS,
    flags,
    align: 8,
    size,
  })
  link.got.forEach(({ symbol, tls }, slot) => {
    if (!tls && symbol.moves) link.movingWords.push({ section, offset: 8 * slot })
  })
  link.made.push({ section, fill: fillGot })
}

function fillGot(link: Link, out: DataView): void {
  link.got.forEach((slot, i) => {
    u64.write(out, 8 * i, BigInt.asUintN(64, BigInt(contentOf(link, slot))))
  })
}

function contentOf(link: Link, { symbol, tls }: GotSlot): number {
  return tls ? addressOf(symbol) - threadPointerOf(link) : addressOf(symbol)
}
