import { type Field, viewOf } from './struct.js'

/** Bytes that grow at the end: append, align, patch what was left open. Its memory is handed out once, by `finish`. */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = viewOf(this.#bytes)
  }

  /** How much is written so far: the offset of what comes next. */
  get length(): number {
    return this.#length
  }

  /** Appends one value, or one structure, by its field table; returns its offset. */
  append<T>(field: Field<T>, value: T): number {
    const at = this.#grow(field.size)
    field.write(this.#view, at, value)
    return at
  }

  bytes(source: Uint8Array): number {
    const at = this.#grow(source.length)
    this.#bytes.set(source, at)
    return at
  }

  text(value: string): number {
    return this.bytes(new TextEncoder().encode(value))
  }

  /** Text with the NUL that ends it in C. */
  cString(value: string): number {
    return this.text(`${value}\0`)
  }

  zeros(count: number): number {
    return this.#grow(count)
  }

  /** Fills up with zeros to a multiple of `alignment`; returns the offset reached. */
  align(alignment: number): number {
    this.#grow((alignment - (this.#length % alignment)) % alignment)
    return this.#length
  }

  /** Overwrites what was appended earlier at `offset`. */
  patch<T>(offset: number, field: Field<T>, value: T): void {
    if (offset < 0 || offset + field.size > this.#length) throw new RangeError('patch beyond what is written')
    field.write(this.#view, offset, value)
  }

  /** All that was written, without a copy. The writer is empty afterwards. */
  finish(): Uint8Array {
    const written = this.#bytes.subarray(0, this.#length)
    this.#bytes = new Uint8Array(0)
    this.#view = viewOf(this.#bytes)
    this.#length = 0
    return written
  }

  #grow(count: number): number {
    const at = this.#length
    const needed = at + count
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
      this.#view = viewOf(larger)
    }
    this.#length = needed
    return at
  }
}
