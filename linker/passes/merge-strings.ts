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
  link.sections.forEach((section) => {
    if (section.pieces !== undefined) addPieces(poolFor(pools, section), section.pieces)
  })
  return [...pools.values()].map(finishPool)
}

interface Pool {
  readonly section: InputSection
  /** Strings and constants unequal to each other: bytes as latin1, terminator included. */
  readonly entries: string[]
  /** The place of each in `entries`. */
  readonly places: Map<string, number>
  /** Whose `targets` hold places in `entries`, until the pool is finished. */
  readonly users: Pieces[]
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
    })
    pool = { section, entries: [], places: new Map(), users: [] }
    pools.set(key, pool)
  }
  return pool
}

function addPieces({ section, entries, places, users }: Pool, pieces: Pieces): void {
  const { text, starts, live, targets } = pieces
  pieces.pool = section
  users.push(pieces)
  for (let piece = 0; piece < live.length; piece++) {
    if (!live[piece]) continue
    const entry = text.slice(starts[piece], starts[piece + 1])
    let place = places.get(entry)
    if (place === undefined) {
      place = entries.push(entry) - 1
      places.set(entry, place)
    }
    targets[piece] = place
  }
}

function finishPool({ section, entries, users }: Pool): InputSection {
  const hosts = findHosts(section, entries)
  const offsets = new Uint32Array(entries.length)
  let text = ''
  entries.forEach((entry, place) => {
    if (hosts[place] !== NONE) return
    text += '\0'.repeat(align(text.length, section.align) - text.length)
    offsets[place] = text.length
    text += entry
  })
  hosts.forEach((host, place) => {
    if (host === NONE) return
    const inHost = (entries[host] as string).length - (entries[place] as string).length
    offsets[place] = (offsets[host] as number) + inHost
  })
  section.contents = Buffer.from(text, 'latin1')
  section.size = text.length
  for (const { live, targets } of users) {
    for (let piece = 0; piece < live.length; piece++)
      if (live[piece]) targets[piece] = offsets[targets[piece] as number] as number
  }
  return section
}

const NONE = -1

/**
 * By place of each string, that of the longer one whose tail it is. Sorted by their reversed bytes, longest first, strings
 * directly follow the one that they are tails of.
 */
function findHosts({ flags, align, entrySize }: InputSection, entries: readonly string[]): Int32Array {
  const hosts = new Int32Array(entries.length).fill(NONE)
  if (!(flags & SHF.STRINGS)) return hosts
  const step = Math.max(align, entrySize)
  const reversed = reverseEach(entries)
  const places = new Map(reversed.map((text, place) => [text, place]))
  let host = ''
  for (const text of reversed.sort().reverse()) {
    const isTail = host.startsWith(text) && (host.length - text.length) % step === 0
    if (isTail) hosts[places.get(text) as number] = places.get(host) as number
    else host = text
  }
  return hosts
}

/** All at once: one call a string would cost a process that has just started more than all the rest of merging. */
function reverseEach(entries: readonly string[]): string[] {
  const reversed = Buffer.from(entries.join(''), 'latin1').reverse().toString('latin1')
  let end = reversed.length
  return entries.map(({ length }) => {
    end -= length
    return reversed.slice(end, end + length)
  })
}
