/** First in, first out; each in constant time. */
export class Fifo<T> {
  #items: (T | undefined)[] = []
  #first = 0

  get length(): number {
    return this.#items.length - this.#first
  }
  push(item: T): void {
    this.#items.push(item)
  }
  peek(): T {
    return this.#items[this.#first] as T
  }
  shift(): T {
    const item = this.#items[this.#first] as T
    this.#items[this.#first++] = undefined
    if (this.#first > 32 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first)
      this.#first = 0
    }
    return item
  }
  /** Empties it. */
  take(): T[] {
    const items = this.#items.slice(this.#first) as T[]
    this.clear()
    return items
  }
  clear(): void {
    this.#items = []
    this.#first = 0
  }
}

/** A queue with sizes (Streams, 8.1). */
export class SizedQueue<T> {
  readonly #items = new Fifo<{ readonly value: T; readonly size: number }>()
  total = 0

  get length(): number {
    return this.#items.length
  }
  push(value: T, size: number): void {
    if (!(size >= 0) || size === Number.POSITIVE_INFINITY)
      throw new RangeError('The size of a chunk must be a finite number that is not negative')
    this.#items.push({ value, size })
    this.total += size
  }
  peek(): T {
    return this.#items.peek().value
  }
  shift(): T {
    const { value, size } = this.#items.shift()
    this.total = Math.max(0, this.total - size) // rounding errors
    return value
  }
  clear(): void {
    this.#items.clear()
    this.total = 0
  }
}
