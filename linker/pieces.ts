import { UserError } from '../base/user-error.js'
import { SHF, SHT } from './elf/section.js'
import type { InputSection, LinkAddress, LinkSymbol, Pieces } from './model.js'
import { isSectionSymbol } from './relocations.js'

/** Cuts a mergeable section; undefined for one that must stay whole. */
export function cutIntoPieces(section: InputSection): Pieces | undefined {
  const { contents, entrySize, flags, size } = section
  const wanted =
    flags & SHF.MERGE && !(flags & SHF.WRITE) && section.type === SHT.PROGBITS && section.name.startsWith('.')
  if (!wanted || entrySize === 0 || size === 0 || size % entrySize !== 0 || section.relocationCount > 0)
    return undefined
  const text = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength).toString('latin1')
  const starts = flags & SHF.STRINGS ? stringStarts(text, entrySize) : constantStarts(size, entrySize)
  if (starts === undefined) return undefined
  const count = starts.length - 1
  return {
    text,
    starts: Uint32Array.from(starts),
    live: new Uint8Array(count),
    targets: new Uint32Array(count),
    pool: undefined,
  }
}

/** The piece that holds `offset`: the last one that starts at or before it. */
export function pieceAt(pieces: Pieces, offset: number): number {
  const { starts } = pieces
  let low = 0
  let high = starts.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((starts[middle] as number) <= offset) low = middle
    else high = middle
  }
  return low
}

/** What a relocation points at inside the symbol's section: section symbols name the place by the addend. */
export function pointedOffset(symbol: LinkSymbol, addend: number, section: InputSection): number {
  const offset = isSectionSymbol(symbol) ? symbol.value + addend : symbol.value
  if (offset < 0 || offset > (symbol.section?.size ?? 0)) {
    throw new UserError(
      `${section.file.name} (${section.name}) points outside of the merged section ${symbol.section?.name}`,
    )
  }
  return offset
}

/** Where the bytes at `offset` of a merged section ended up. */
export function mergedAddress(pieces: Pieces, offset: number): LinkAddress {
  const piece = pieceAt(pieces, offset)
  const { pool } = pieces
  if (pool?.output === undefined) return 0 // nothing live refers to it
  return (
    pool.output.address +
    pool.offset +
    (pieces.targets[piece] as number) +
    offset -
    (pieces.starts[piece] as number)
  )
}

/** Undefined when the last string has no end: such a section is linked as it is. */
function stringStarts(text: string, width: number): number[] | undefined {
  const end = '\0'.repeat(width)
  const starts = [0]
  for (let at = text.indexOf(end); at !== -1; at = text.indexOf(end, at + width)) {
    // A wide string ends at a whole character, not at any run of zeros.
    at = Math.ceil(at / width) * width
    if (text.startsWith(end, at)) starts.push(at + width)
    else at -= width - 1
  }
  return starts.at(-1) === text.length ? starts : undefined
}

function constantStarts(size: number, width: number): number[] {
  return Array.from({ length: size / width + 1 }, (_, i) => i * width)
}
