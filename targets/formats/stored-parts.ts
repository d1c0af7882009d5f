import { createHash } from 'node:crypto'
import { type Bytes, partsOf } from './content.js'
import type { SparseImage } from './sparse-image.js'

/** What is not zero in an image's file, and the digest of just that: to read an image with its holes takes seconds. */
export interface StoredParts {
  readonly parts: readonly (readonly [offset: number, length: number])[]
  readonly sha256: string
}

export function storedParts({ pieces }: SparseImage<Bytes>): StoredParts {
  const hash = createHash('sha256')
  const parts: [offset: number, length: number][] = []
  for (const { offset, data } of pieces) {
    for (const part of partsOf(data)) hash.update(part)
    const last = parts.at(-1)
    if (last !== undefined && last[0] + last[1] === offset) last[1] += data.length
    else parts.push([offset, data.length])
  }
  return { parts, sha256: hash.digest('hex') }
}
