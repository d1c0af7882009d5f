import { UserError } from '../../base/user-error.js'

/**
 * Hands copies of `image` to `read`, each with a few bytes changed in places that `where` prefers, the same ones in each run. A reader
 * may read such an image or explain it; any other error, or one that takes long, is a fault of the reader.
 */
export function readDamaged(
  image: Uint8Array,
  read: (damaged: Uint8Array) => void,
  where: readonly (readonly [start: number, end: number])[] = [[0, image.length]],
): { read: number; explained: number } {
  const next = randomNumbers(1)
  const counts = { read: 0, explained: 0 }
  for (let round = 0; round < 1500; round++) {
    const copy = image.slice(0, next() % 10 === 0 ? next() % image.length : image.length)
    for (let changes = 1 + (next() % 4); changes > 0; changes--) {
      const [start, end] = where[next() % where.length] ?? [0, image.length]
      const value = [0, 0xff, 1, 0x80, next() & 0xff][next() % 5] ?? 0
      const at = start + (next() % (end - start))
      if (at < copy.length) copy[at] = value
    }
    try {
      read(copy)
      counts.read++
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      counts.explained++
    }
  }
  return counts
}

/** Marsaglia's xorshift, 32 bits. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}
