import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import type { ByteSource } from './byte-source.js'
import { type Bytes, type Content, partsOf } from './content.js'

/** Bytes at their place in an image. */
export interface Piece<D extends Bytes = Uint8Array> {
  readonly offset: number
  readonly data: D
}

/**
 * An image as what is not zero in it. Formats hand pieces on by reference and put images into images by moving them; only the
 * file that is written has all of it.
 */
export interface SparseImage<D extends Bytes = Uint8Array> {
  readonly size: number
  /** By offset, without overlap, within the size. */
  readonly pieces: readonly Piece<D>[]
}

/** Sorts the pieces; two at one place, or one beyond the end, are a mistake of the caller's. */
export function sparseImage<D extends Bytes>(size: number, pieces: readonly Piece<D>[]): SparseImage<D> {
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
export function movedTo<D extends Bytes>(offset: number, image: SparseImage<D>): Piece<D>[] {
  return image.pieces.map((piece) => ({ offset: offset + piece.offset, data: piece.data }))
}

/** One file of the image's size, with holes wherever whole blocks are zero. */
export function writeSparseImage(file: string, image: SparseImage<Bytes>): void {
  const handle = openSync(file, 'w')
  try {
    for (const part of imageParts(image)) writePiece(handle, part)
    ftruncateSync(handle, image.size)
  } finally {
    closeSync(handle)
  }
}

/** The pieces with all their data in memory, one at a time. */
function* imageParts(image: SparseImage<Bytes>): Generator<Piece> {
  for (const { offset, data } of image.pieces) {
    let at = offset
    for (const part of partsOf(data)) {
      yield { offset: at, data: part }
      at += part.length
    }
  }
}

/** The file as it would be, zeros included. */
export function imageContent(image: SparseImage<Bytes>): Content {
  return {
    length: image.size,
    *parts() {
      let end = 0
      for (const { offset, data } of imageParts(image)) {
        yield* zeroParts(offset - end)
        yield data
        end = offset + data.length
      }
      yield* zeroParts(image.size - end)
    },
  }
}

function* zeroParts(length: number): Generator<Uint8Array> {
  for (let done = 0; done < length; done += block) yield zeros.subarray(0, Math.min(block, length - done))
}

/** What a reader sees of an image that is not written. */
export function imageSource(image: SparseImage<Bytes>): ByteSource {
  return {
    size: image.size,
    read(offset, length) {
      const out = new Uint8Array(length)
      for (const { offset: at, data } of imageParts(image)) {
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
