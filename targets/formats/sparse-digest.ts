import { createHash } from 'node:crypto'
import type { SparseImage } from './sparse-image.js'

/** Digests of an image, from its pieces: reading the file again would read its holes, for seconds. */
export interface SparseDigest {
  /** Of the whole file. */
  readonly sha256: string
  /** What is not zero, and the digest of just that. */
  readonly stored: StoredParts
}

export interface StoredParts {
  readonly parts: readonly (readonly [offset: number, length: number])[]
  readonly sha256: string
}

export function sparseDigest(image: SparseImage): SparseDigest {
  const whole = createHash('sha256')
  const stored = createHash('sha256')
  const parts: [number, number][] = []
  let end = 0
  const fill = (to: number) => {
    for (; end < to; end += Math.min(zeros.length, to - end))
      whole.update(zeros.subarray(0, Math.min(zeros.length, to - end)))
  }
  for (const { offset, data } of image.pieces) {
    fill(offset)
    whole.update(data)
    stored.update(data)
    end = offset + data.length
    parts.push([offset, data.length])
  }
  fill(image.size)
  return { sha256: whole.digest('hex'), stored: { parts, sha256: stored.digest('hex') } }
}

const zeros = new Uint8Array(1 << 20)
