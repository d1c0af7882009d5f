import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import type { ByteSource } from './byte-source.js'

/** Bytes at their place in an image. */
export interface Piece {
  readonly offset: number
  readonly data: Uint8Array
}

/**
 * An image as what is not zero in it. Formats hand pieces on by reference and put images into images by moving them; only the
 * file that is written has all of it.
 */
export interface SparseImage {
  readonly size: number
  /** By offset, without overlap, within the size. */
  readonly pieces: readonly Piece[]
}

/** Sorts the pieces; two at one place, or one beyond the end, are a mistake of the caller's. */
export function sparseImage(size: number, pieces: readonly Piece[]): SparseImage {
  const sorted = pieces.filter(({ data }) => data.length > 0).sort((a, b) => a.offset - b.offset)
  let end = 0
  for (const { offset, data } of sorted) {
    if (offset < end) throw new Error(`two pieces of an image overlap at ${offset}`)
    end = offset + data.length
  }
  if (end > size) throw new Error(`a piece ends at ${end}, beyond the image's ${size} bytes`)
  return { size, pieces: sorted }
}

/** The image's pieces where they are when it starts at `offset` of a larger one. */
export function movedTo(offset: number, image: SparseImage): Piece[] {
  return image.pieces.map((piece) => ({ offset: offset + piece.offset, data: piece.data }))
}

/** One file of the image's size, with holes wherever whole blocks are zero. */
export function writeSparseImage(file: string, image: SparseImage): void {
  const handle = openSync(file, 'w')
  try {
    for (const piece of image.pieces) writePiece(handle, piece)
    ftruncateSync(handle, image.size)
  } finally {
    closeSync(handle)
  }
}

/** What a reader sees of an image that is not written. */
export function imageSource(image: SparseImage): ByteSource {
  return {
    size: image.size,
    read(offset, length) {
      const out = new Uint8Array(length)
      for (const { offset: at, data } of image.pieces) {
        const from = Math.max(offset, at)
        const to = Math.min(offset + length, at + data.length)
        if (from < to) out.set(data.subarray(from - at, to - at), from - offset)
      }
      return out
    },
  }
}

/** Size of a hole that file systems can keep. */
const block = 4096
const zeros = Buffer.alloc(block)

function writePiece(handle: number, { offset, data }: Piece): void {
  const isZero = (from: number, to: number) => zeros.subarray(0, to - from).equals(data.subarray(from, to))
  const blockEnd = (at: number) => Math.min(data.length, at + block - ((offset + at) % block))
  for (let at = 0, runStart = 0; at < data.length || runStart < at; ) {
    const end = blockEnd(at)
    if (at < data.length && !isZero(at, end)) {
      at = end
      continue
    }
    if (runStart < at) writeAll(handle, data.subarray(runStart, at), offset + runStart)
    at = end
    runStart = end
  }
}

function writeAll(handle: number, data: Uint8Array, offset: number): void {
  for (let done = 0; done < data.length; )
    done += writeSync(handle, data, done, data.length - done, offset + done)
}
