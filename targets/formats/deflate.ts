import { Deflate } from 'fflate'
import { type Bytes, type Content, keepContent, partsOf } from './content.js'
import { crc32 } from './crc32.js'

/** Of this library 9 takes three times as long for an image of a kernel, and saves a two-thousandth. */
export const level = 6

/** RFC 1951, by a JavaScript library of a pinned version, since the bytes of the host's zlib differ between versions and processors. */
export function* deflateParts(parts: Iterable<Uint8Array>): Generator<Uint8Array> {
  const out: Uint8Array[] = []
  const stream = new Deflate({ level }, (part) => out.push(part))
  startOfStream(stream)
  let isEmpty = true
  for (const part of parts)
    for (let at = 0; at < part.length; at += pushed) {
      stream.push(part.subarray(at, at + pushed))
      isEmpty = false
      yield* out.splice(0)
    }
  if (!isEmpty) stream.push(new Uint8Array(), true)
  yield* isEmpty ? [emptyStream] : out
}

/** The last block, of fixed codes, with nothing but its end (3.2.3, 3.2.6). */
const emptyStream = Uint8Array.of(0b11, 0)

/**
 * The library's stream begins behind 32 KiB of zeros that nobody pushed, and copies from them: readers then find a distance too far
 * back (its issue 260). At the beginning of its buffer it stays within what was pushed.
 */
function startOfStream(stream: Deflate): void {
  const { s } = stream as unknown as { s: { i: number; w: number; z: number } }
  if (s.i !== 1 << 15 || s.w !== s.i || s.z !== s.i)
    throw new Error('fflate is not the version that is pinned')
  s.i = s.w = s.z = 0
}

/** What the library works on at a time; of more it would keep a copy. */
const pushed = 1 << 16

export interface Deflated {
  readonly content: Content
  /** CRC-32 of what it was. */
  readonly check: number
}

/** Compressed once for all the archives that hold it: it must not change while a build lasts. */
export function deflated(bytes: Bytes): Deflated {
  const known = shared.get(bytes)
  if (known !== undefined) return known
  let check = 0
  const content = keepContent(
    deflateParts(
      watched(partsOf(bytes), (part) => {
        check = crc32(part, check)
      }),
    ),
  )
  const made = { content, check }
  shared.set(bytes, made)
  return made
}

const shared = new WeakMap<Bytes, Deflated>()

/** The parts as they are, each shown to `watch` on its way. */
export function* watched<T>(parts: Iterable<T>, watch: (part: T) => void): Generator<T> {
  for (const part of parts) {
    watch(part)
    yield part
  }
}
