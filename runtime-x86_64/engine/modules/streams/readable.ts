// ReadableStream (Streams, 4.2).

import { type PipeOptions, pipe, readPipeOptions } from './pipe.js'
import { Deferred, guard, ignore, resolvedWith, then } from './promises.js'
import { fromIterable } from './readable-from.js'
import { streamFromApp, type UnderlyingSource } from './readable-make.js'
import {
  acquireReader,
  cancelStream,
  type ReadableState,
  type ReaderState,
  readChunk,
  releaseReader,
} from './readable-state.js'
import { teeStream } from './readable-tee.js'
import { ReadableStreamBYOBReader, ReadableStreamDefaultReader, type ReadResult, streams } from './readers.js'
import { readStrategy, type Strategy } from './strategies.js'
import { isWritable, type WritableStream, writableOf } from './writable.js'

const construct = Symbol('construct')
let isReadable: (value: unknown) => value is ReadableStream

interface IteratorOptions {
  readonly preventCancel?: boolean
}

export class ReadableStream {
  readonly #state: ReadableState

  static {
    streams.stateOf = (stream) => (stream as ReadableStream).#state
    isReadable = (value): value is ReadableStream =>
      typeof value === 'object' && value !== null && #state in value
  }

  constructor(underlyingSource: UnderlyingSource = {}, strategy: Strategy = {}, given?: unknown) {
    if ((strategy as unknown) === construct) this.#state = given as ReadableState
    else this.#state = streamFromApp(underlyingSource, readStrategy(strategy))
    this.#state.facade = this
  }
  static from(asyncIterable: unknown): ReadableStream {
    return readableFacade(fromIterable(asyncIterable))
  }
  get locked(): boolean {
    return this.#state.locked
  }
  cancel(reason?: unknown): Promise<void> {
    return guard(() => {
      if (this.#state.locked) throw new TypeError('The stream is locked to a reader')
      return cancelStream(this.#state, reason)
    })
  }
  getReader(
    options: { readonly mode?: string } = {},
  ): ReadableStreamDefaultReader | ReadableStreamBYOBReader {
    this.#state // throws for a `this` that is none
    if (typeof options !== 'object' && typeof options !== 'function')
      throw new TypeError('The "options" argument must be an object')
    const mode = options?.mode
    if (mode === undefined) return new ReadableStreamDefaultReader(this)
    if (`${mode}` !== 'byob') throw new TypeError('The mode of a reader can only be "byob"')
    return new ReadableStreamBYOBReader(this)
  }
  pipeThrough(
    transform: { readable: ReadableStream; writable: WritableStream },
    options: PipeOptions = {},
  ): ReadableStream {
    const source = this.#state
    const { readable } = transform
    if (!isReadable(readable)) throw new TypeError('"readable" must be a ReadableStream')
    const { writable } = transform
    if (!isWritable(writable)) throw new TypeError('"writable" must be a WritableStream')
    const read = readPipeOptions(options)
    if (source.locked || writable.locked) throw new TypeError('The stream is locked')
    ignore(pipe(source, writableOf(writable), read))
    return readable
  }
  pipeTo(destination: WritableStream, options: PipeOptions = {}): Promise<void> {
    return guard(() => {
      const source = this.#state
      if (!isWritable(destination)) throw new TypeError('The "destination" argument must be a WritableStream')
      const read = readPipeOptions(options)
      if (source.locked || destination.locked) throw new TypeError('The stream is locked')
      return pipe(source, writableOf(destination), read)
    })
  }
  tee(): [ReadableStream, ReadableStream] {
    const [first, second] = teeStream(this.#state)
    return [readableFacade(first), readableFacade(second)]
  }
  values(options: IteratorOptions = {}): AsyncIterator<unknown> {
    const reader = acquireReader(this.#state, false)
    return new StreamIterator(
      this.#state,
      reader,
      !!options?.preventCancel,
    ) as unknown as AsyncIterator<unknown>
  }
  get [Symbol.toStringTag](): string {
    return 'ReadableStream'
  }
}

Object.defineProperty(ReadableStream.prototype, Symbol.asyncIterator, {
  value: ReadableStream.prototype.values,
  writable: true,
  enumerable: false,
  configurable: true,
})

/** What apps see of a stream that was made here. */
export function readableFacade(state: ReadableState): ReadableStream {
  return (state.facade ?? new ReadableStream({}, construct as unknown as Strategy, state)) as ReadableStream
}

/** Web IDL, 3.7.10: what is asked while another answer is under way waits for it. */
class StreamIterator {
  readonly #stream: ReadableState
  readonly #reader: ReaderState
  readonly #preventCancel: boolean
  #last: Promise<unknown> | undefined
  #finished = false

  constructor(stream: ReadableState, reader: ReaderState, preventCancel: boolean) {
    this.#stream = stream
    this.#reader = reader
    this.#preventCancel = preventCancel
  }
  next(): Promise<ReadResult> {
    return guard(() => this.#after(() => this.#next()))
  }
  return(value?: unknown): Promise<ReadResult> {
    return guard(() =>
      then(
        this.#after(() => this.#return(value)),
        () => ({ value, done: true }),
      ),
    )
  }

  #after<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last === undefined ? step() : then<unknown, T>(this.#last, step, step)
    this.#last = result
    return result
  }

  #next(): Promise<ReadResult> {
    if (this.#finished) return resolvedWith({ value: undefined, done: true })
    const result = new Deferred<ReadResult>()
    readChunk(this.#stream, {
      chunk: (value) => result.resolve({ value, done: false }),
      close: () => {
        this.#finish()
        result.resolve({ value: undefined, done: true })
      },
      error: (reason) => {
        this.#finish()
        result.reject(reason)
      },
    })
    return result.promise
  }

  #return(value: unknown): Promise<unknown> {
    if (this.#finished) return resolvedWith(undefined)
    this.#finished = true
    const result = this.#preventCancel ? resolvedWith(undefined) : cancelStream(this.#stream, value)
    releaseReader(this.#reader)
    return result
  }

  #finish(): void {
    this.#finished = true
    releaseReader(this.#reader)
  }
}

const iteratorPrototype = StreamIterator.prototype as object
const asyncGenerator = async function* () {}
Object.setPrototypeOf(
  iteratorPrototype,
  Object.getPrototypeOf(Object.getPrototypeOf(asyncGenerator.prototype)) as object,
)
Reflect.deleteProperty(iteratorPrototype, 'constructor')
for (const name of ['next', 'return']) Object.defineProperty(iteratorPrototype, name, { enumerable: true })
