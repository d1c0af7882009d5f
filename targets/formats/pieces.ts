import { ByteWriter } from '../../base/byte-writer.js'
import type { Field } from '../../base/struct.js'
import type { Bytes } from './content.js'

/** A stream of bytes as parts in order; a large file is a part of its own, by reference, so that it is known again elsewhere. */
export type Pieces<D extends Bytes = Bytes> = readonly (D | Uint8Array)[]

/** What is worth a piece of its own. */
const largePiece = 1 << 18

/** Bytes that grow at the end, as with ByteWriter, but large ones are not copied. */
export class PieceWriter<D extends Bytes = Bytes> {
  #pieces: (D | Uint8Array)[] = []
  #current = new ByteWriter(1 << 14)
  #before = 0

  get length(): number {
    return this.#before + this.#current.length
  }

  append<T>(field: Field<T>, value: T): void {
    this.#current.append(field, value)
  }

  bytes(source: D | Uint8Array): void {
    if (source instanceof Uint8Array && !isLargePiece(source)) {
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

  finish(): Pieces<D> {
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

export function isLargePiece(piece: Bytes): boolean {
  return piece.length >= largePiece
}
