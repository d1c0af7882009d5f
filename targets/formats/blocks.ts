import { type ByteSource, readWithin } from './byte-source.js'
import { explained } from './damaged.js'
import type { Piece, SparseImage } from './sparse-image.js'

/** A stretch of a disk that a format keeps whole: what is not zero in it, by reference, at offsets within the block. */
export interface Block {
  readonly index: number
  readonly pieces: readonly Piece[]
}

/** The blocks of `size` bytes that hold anything but zeros, by index. */
export function usedBlocks(image: SparseImage, size: number): readonly Block[] {
  const zeros = Buffer.alloc(size)
  const blocks = new Map<number, Piece[]>()
  for (const { offset, data } of image.pieces)
    for (let at = 0; at < data.length; ) {
      const within = (offset + at) % size
      const end = Math.min(data.length, at + size - within)
      const part = data.subarray(at, end)
      if (!zeros.subarray(0, part.length).equals(part))
        pushTo(blocks, (offset + at - within) / size, { offset: within, data: part })
      at = end
    }
  return [...blocks].map(([index, pieces]) => ({ index, pieces }))
}

/** All `size` bytes of a block. */
export function joinBlock({ pieces }: Block, size: number): Uint8Array {
  const [first] = pieces
  if (first?.data.length === size) return first.data
  const out = new Uint8Array(size)
  for (const { offset, data } of pieces) out.set(data, offset)
  return out
}

/** A disk made of blocks, for readers of `format`: `blockAt` gives one's content, or undefined when it is all zero. */
export function blockedSource(
  format: string,
  size: number,
  blockSize: number,
  blockAt: (index: number) => ByteSource | undefined,
): ByteSource {
  return {
    size,
    read(offset, length) {
      const out = new Uint8Array(length)
      for (let done = 0; done < length; ) {
        const within = (offset + done) % blockSize
        const count = Math.min(length - done, blockSize - within)
        const data = explained(format, () => {
          const block = blockAt((offset + done - within) / blockSize)
          return block && readWithin(block, within, count)
        })
        if (data !== undefined) out.set(data, done)
        done += count
      }
      return out
    },
  }
}

function pushTo(blocks: Map<number, Piece[]>, index: number, piece: Piece): void {
  const known = blocks.get(index)
  if (known === undefined) blocks.set(index, [piece])
  else known.push(piece)
}
