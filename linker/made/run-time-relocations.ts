import { u32 } from '../../base/struct.js'
import { R_X86_64_RELATIVE } from '../arch-x86-64.js'
import { relocationEntry } from '../elf/relocation.js'
import { SHF, SHT } from '../elf/section.js'
import { linkerFile, newSection } from '../make.js'
import type { Link } from '../model.js'

/** The table of words that move with the image. Its size is found by layout. */
export function makeRelr(link: Link, name: string): void {
  const section = newSection(linkerFile, {
    name,
    type: SHT.RELR,
    flags: SHF.ALLOC,
    align: 8,
    entrySize: 8,
    size: 0,
  })
  link.relr = { section, words: new Uint32Array(0) }
  link.made.push({ section, fill: fillRelr })
}

function fillRelr(link: Link, out: DataView): void {
  const words = link.relr?.words ?? []
  for (let i = 0; i < out.byteLength / 4; i++) {
    // Behind the last word: bitmaps without a bit, should an earlier layout have needed more room.
    const filler = i % 2 === 0 ? 1 : 0
    u32.write(out, 4 * i, words[i] ?? filler)
  }
}

/** Words at odd addresses, which RELR cannot name. The loader takes the value from the row, not from the place. */
export function makeRela(link: Link): void {
  const size = relocationEntry.size * link.oddMovingWords.length
  const fields = {
    name: '.rela.dyn',
    type: SHT.RELA,
    flags: SHF.ALLOC,
    align: 8,
    entrySize: relocationEntry.size,
    size,
  }
  link.made.push({ section: newSection(linkerFile, fields), fill: fillRela })
}

/** Runs after relocate, which has put each address into its place already. */
function fillRela(link: Link, out: DataView): void {
  link.oddMovingWords.forEach((place, i) => {
    const output = place.section.output
    if (output === undefined) return
    const distance = place.section.offset + place.offset
    const row = {
      offset: BigInt(output.address + distance),
      type: R_X86_64_RELATIVE,
      symbol: 0,
      addend: viewAround(out).getBigInt64(output.fileOffset + distance, true),
    }
    relocationEntry.write(out, i * relocationEntry.size, row)
  })
}

/** The whole file that `part` covers a section of. */
function viewAround(part: DataView): DataView {
  return new DataView(part.buffer)
}
