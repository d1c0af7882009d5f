import { ByteWriter } from '../../base/byte-writer.js'
import type { Field } from '../../base/struct.js'

/** A stream of bytes as parts in order; a large file is a part of its own, by reference, so that it is known again elsewhere. */
export type Pieces = readonly Uint8Array[]

/** What is worth a piece of its own. */
const largePiece = 1 << 18

/** Bytes that grow at the end, as with ByteWriter, but large ones are not copied. */
export class PieceWriter {
  #pieces: Uint8Array[] = []
  #current = new ByteWriter(1 << 14)
  #before = 0

  get length(): number {
    return this.#before + this.#current.length
  }

  append<T>(field: Field<T>, value: T): void {
    this.#current.append(field, value)
  }

  bytes(source: Uint8Array): void {
    if (source.length < largePiece) {
      this.#current.bytes(source)
      return
    }
    this.#close()
    this.#pieces.push(source)
    this.#before += source.length
  }

  text(value: string): void {
    this.#current.text(value)
  }

  zeros(count: number): void {
    this.#current.zeros(count)
  }

  align(alignment: number): void {
    this.zeros((alignment - (this.length % alignment)) % alignment)
  }

  finish(): Pieces {
    this.#close()
    return this.#pieces
  }

  #close(): void {
    const { length } = this.#current
    if (length === 0) return
    this.#pieces.push(this.#current.finish())
    this.#before += length
    this.#current = new ByteWriter(1 << 14)
  }
}

export function isLargePiece(piece: Uint8Array): boolean {
  return piece.length >= largePiece
}

export function piecesSize(pieces: Pieces): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}

export function joinPieces(pieces: Pieces): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array
  const out = new Uint8Array(piecesSize(pieces))
  let at = 0
  for (const piece of pieces) {
    out.set(piece, at)
    at += piece.length
  }
  return out
}
