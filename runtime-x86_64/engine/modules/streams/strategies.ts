// Queuing strategies (Streams, 7).

export interface Strategy {
  readonly highWaterMark?: number
  readonly size?: (chunk: never) => number
}

export type SizeOf = (chunk: unknown) => number

const named = <T extends object>(size: T): T => Object.defineProperty(size, 'name', { value: 'size' })
const byteLength = named((chunk: { byteLength: number }) => chunk.byteLength)
const one = named(() => 1)

function requiredMark(init: Strategy): number {
  if (typeof init !== 'object' && typeof init !== 'function')
    throw new TypeError('The "init" argument must be an object')
  if (init?.highWaterMark === undefined) throw new TypeError('The "highWaterMark" member is required')
  return Number(init.highWaterMark)
}

export class ByteLengthQueuingStrategy {
  readonly #highWaterMark: number

  constructor(init: Strategy) {
    this.#highWaterMark = requiredMark(init)
  }
  get highWaterMark(): number {
    return this.#highWaterMark
  }
  get size() {
    this.#highWaterMark // throws for a `this` that is none
    return byteLength
  }
  get [Symbol.toStringTag](): string {
    return 'ByteLengthQueuingStrategy'
  }
}

export class CountQueuingStrategy {
  readonly #highWaterMark: number

  constructor(init: Strategy) {
    this.#highWaterMark = requiredMark(init)
  }
  get highWaterMark(): number {
    return this.#highWaterMark
  }
  get size() {
    this.#highWaterMark
    return one
  }
  get [Symbol.toStringTag](): string {
    return 'CountQueuingStrategy'
  }
}

/** A strategy as given, its members read once in the order of Web IDL. */
export interface ReadStrategy {
  readonly highWaterMark: number | undefined
  readonly size: SizeOf | undefined
}

export function readStrategy(given: Strategy | null | undefined): ReadStrategy {
  if (given === undefined || given === null) return { highWaterMark: undefined, size: undefined }
  if (typeof given !== 'object' && typeof given !== 'function')
    throw new TypeError('A queuing strategy must be an object')
  const { highWaterMark, size } = given
  const mark = highWaterMark === undefined ? undefined : Number(highWaterMark)
  if (size !== undefined && typeof size !== 'function')
    throw new TypeError("A queuing strategy's size must be a function")
  return { highWaterMark: mark, size: size as SizeOf | undefined }
}

export function markOf({ highWaterMark }: ReadStrategy, usual: number): number {
  if (highWaterMark === undefined) return usual
  if (Number.isNaN(highWaterMark) || highWaterMark < 0)
    throw new RangeError('A high water mark must be a number that is not negative')
  return highWaterMark
}

/** The size function with no `this`; without one every chunk counts 1. */
export function sizeOf({ size }: ReadStrategy): SizeOf {
  return size === undefined ? () => 1 : (chunk) => Number(Reflect.apply(size, undefined, [chunk]))
}
