import { SHF } from '../elf/section.js'
import { align } from '../layout-queries.js'
import { linkerFile, newSection } from '../make.js'
import type { InputSection, Link, Pieces } from '../model.js'
import { outputName } from '../section-names.js'

/**
 * Puts equal strings and constants into one place, and a string that ends like a longer one into that one's tail. Pools
 * are told apart by what must not mix: output section, kind, entry size and alignment.
 */
export function mergeStrings(link: Link): InputSection[] {
  const pools = new Map<string, Pool>()
  for (const file of link.objects) {
    for (const section of file.sections) {
      if (section?.live && section.pieces !== undefined) addPieces(poolFor(pools, section), section.pieces)
    }
  }
  return [...pools.values()].map(finishPool)
}

interface Pool {
  readonly section: InputSection
  readonly entries: Map<string, Entry>
  /** Who to tell where a piece ended up. */
  readonly users: { readonly pieces: Pieces; readonly piece: number; readonly entry: Entry }[]
}

/** One string or constant that is unequal to all others. */
interface Entry {
  /** Bytes as latin1, the terminator included. */
  readonly text: string
  /** The longer string that this one is the tail of. */
  host: Entry | undefined
  offset: number
}

function poolFor(pools: Map<string, Pool>, like: InputSection): Pool {
  const { flags, align, entrySize } = like
  const name = outputName(like.name)
  const key = `${name} ${flags & SHF.STRINGS} ${entrySize} ${align}`
  let pool = pools.get(key)
  if (pool === undefined) {
    const section = newSection(linkerFile, {
      name,
      type: like.type,
      flags: flags & ~SHF.GROUP,
      align,
      entrySize,
      size: 0,
      live: true,
    })
    pool = { section, entries: new Map(), users: [] }
    pools.set(key, pool)
  }
  return pool
}

function addPieces(pool: Pool, pieces: Pieces): void {
  pieces.pool = pool.section
  for (let piece = 0; piece < pieces.live.length; piece++) {
    if (!pieces.live[piece]) continue
    const start = pieces.starts[piece] as number
    const end = pieces.starts[piece + 1] as number
    const text = pieces.text.slice(start, end)
    let entry = pool.entries.get(text)
    if (entry === undefined) {
      entry = { text, host: undefined, offset: 0 }
      pool.entries.set(text, entry)
    }
    pool.users.push({ pieces, piece, entry })
  }
}

function finishPool({ section, entries, users }: Pool): InputSection {
  const all = [...entries.values()]
  if (section.flags & SHF.STRINGS) findHosts(all, Math.max(section.align, section.entrySize))
  let text = ''
  for (const entry of all) {
    if (entry.host !== undefined) continue
    text += '\0'.repeat(align(text.length, section.align) - text.length)
    entry.offset = text.length
    text += entry.text
  }
  section.contents = Buffer.from(text, 'latin1')
  section.size = text.length
  for (const { pieces, piece, entry } of users) pieces.targets[piece] = placeOf(entry)
  return section
}

/** Sorted by their reversed bytes, longest first, a string directly follows those that it is the tail of. */
function findHosts(entries: readonly Entry[], step: number): void {
  const sorted = entries.toSorted((a, b) => compareBackwards(b.text, a.text))
  let previous: Entry | undefined
  for (const entry of sorted) {
    const distance = (previous?.text.length ?? 0) - entry.text.length
    if (previous?.text.endsWith(entry.text) && distance % step === 0) entry.host = previous
    else previous = entry
  }
}

function compareBackwards(a: string, b: string): number {
  for (let i = 1; i <= a.length && i <= b.length; i++) {
    const difference = a.charCodeAt(a.length - i) - b.charCodeAt(b.length - i)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

function placeOf(entry: Entry): number {
  return entry.host === undefined
    ? entry.offset
    : entry.host.offset + entry.host.text.length - entry.text.length
}
