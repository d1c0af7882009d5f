// WritableStream and what apps see of it (Streams, 5.2 to 5.4).
import { attempt, guard, rejectedWith, resolvedWith } from './promises.js'
import { markOf, readStrategy, type Strategy, sizeOf } from './strategies.js'
import {
  abortWritable,
  acquireWriter,
  closeWritable,
  releaseWriter,
  type Sink,
  WritableControllerState,
  WritableState,
  type WriterState,
  writeChunk,
} from './writable-state.js'

/** What an app gives to WritableStream. */
export interface UnderlyingSink {
  readonly start?: (controller: object) => unknown
  readonly write?: (chunk: unknown, controller: object) => unknown
  readonly close?: () => unknown
  readonly abort?: (reason: unknown) => unknown
  readonly type?: undefined
}

const construct = Symbol('construct')
export let writableOf: (stream: unknown) => WritableState
export let isWritable: (value: unknown) => value is WritableStream

export class WritableStream {
  readonly #state: WritableState

  static {
    writableOf = (stream) => (stream as WritableStream).#state
    isWritable = (value): value is WritableStream =>
      typeof value === 'object' && value !== null && #state in value
  }

  constructor(underlyingSink: UnderlyingSink = {}, strategy: Strategy = {}, given?: unknown) {
    if ((strategy as unknown) === construct) this.#state = given as WritableState
    else {
      const read = readStrategy(strategy)
      const sink = readSink(underlyingSink)
      const size = sizeOf(read)
      this.#state = makeWritable(
        (controller) => sinkOf(underlyingSink, sink, controller),
        markOf(read, 1),
        size,
      )
    }
    this.#state.facade = this
  }
  get locked(): boolean {
    return this.#state.locked
  }
  abort(reason?: unknown): Promise<void> {
    return guard(() => {
      if (this.#state.locked) throw new TypeError('The stream is locked to a writer')
      return abortWritable(this.#state, reason)
    })
  }
  close(): Promise<void> {
    return guard(() => {
      if (this.#state.locked) throw new TypeError('The stream is locked to a writer')
      if (this.#state.isClosing) throw new TypeError('The stream is closing')
      return closeWritable(this.#state)
    })
  }
  getWriter(): WritableStreamDefaultWriter {
    return new WritableStreamDefaultWriter(this)
  }
  get [Symbol.toStringTag](): string {
    return 'WritableStream'
  }
}

/** What apps see of a stream that was made here. */
export function writableFacade(state: WritableState): WritableStream {
  return (state.facade ?? new WritableStream({}, construct as unknown as Strategy, state)) as WritableStream
}

export function makeWritable(
  sink: (controller: () => object) => Sink,
  highWaterMark: number,
  size: (chunk: unknown) => number,
): WritableState {
  const stream = new WritableState()
  let facade: object | undefined
  const visible = () => {
    facade ??= new WritableStreamDefaultController(construct, stream.controller)
    return facade
  }
  stream.controller = new WritableControllerState(stream, sink(visible), highWaterMark, size)
  stream.controller.begin()
  return stream
}

// Members in the order of Web IDL: by name.
function readSink(given: UnderlyingSink): UnderlyingSink {
  if ((typeof given !== 'object' || given === null) && typeof given !== 'function')
    throw new TypeError('The "underlyingSink" argument must be an object')
  const { abort, close, start, type, write } = given
  for (const [name, member] of Object.entries({ abort, close, start, write }))
    if (member !== undefined && typeof member !== 'function')
      throw new TypeError(`"${name}" must be a function`)
  if (type !== undefined) throw new RangeError('A sink has no type')
  return {
    ...(abort && { abort }),
    ...(close && { close }),
    ...(start && { start }),
    ...(write && { write }),
  }
}

function sinkOf(
  given: UnderlyingSink,
  { start, write, close, abort }: UnderlyingSink,
  controller: () => object,
): Sink {
  const call = (method: (...values: never[]) => unknown, ...values: unknown[]) =>
    attempt(() => Reflect.apply(method, given, values))
  return {
    start: () => start && Reflect.apply(start, given, [controller()]),
    write: (chunk) => (write ? call(write, chunk, controller()) : resolvedWith(undefined)),
    close: () => (close ? call(close) : resolvedWith(undefined)),
    abort: (reason) => (abort ? call(abort, reason) : resolvedWith(undefined)),
  }
}

export class WritableStreamDefaultWriter {
  readonly #state: WriterState

  constructor(stream: object) {
    this.#state = acquireWriter(writableOf(stream))
  }
  get closed(): Promise<void> {
    if (!(#state in this)) return rejectedWith(new TypeError('Illegal invocation'))
    return this.#state.closed.promise
  }
  get ready(): Promise<void> {
    if (!(#state in this)) return rejectedWith(new TypeError('Illegal invocation'))
    return this.#state.ready.promise
  }
  get desiredSize(): number | null {
    const stream = open(this.#state)
    if (stream.status === 'errored' || stream.status === 'erroring') return null
    return stream.status === 'closed' ? 0 : stream.controller.desiredSize
  }
  abort(reason?: unknown): Promise<void> {
    return guard(() => abortWritable(open(this.#state), reason))
  }
  close(): Promise<void> {
    return guard(() => {
      const stream = open(this.#state)
      if (stream.isClosing) throw new TypeError('The stream is closing')
      return closeWritable(stream)
    })
  }
  releaseLock(): void {
    releaseWriter(this.#state)
  }
  write(chunk?: unknown): Promise<void> {
    return guard(() => {
      open(this.#state)
      return writeChunk(this.#state, chunk)
    })
  }
  get [Symbol.toStringTag](): string {
    return 'WritableStreamDefaultWriter'
  }
}

function open({ stream }: WriterState): WritableState {
  if (stream === undefined) throw new TypeError('The writer was released')
  return stream
}

export class WritableStreamDefaultController {
  readonly #state: WritableControllerState

  constructor(given: unknown, state: unknown) {
    if (given !== construct) throw new TypeError('Illegal constructor')
    this.#state = state as WritableControllerState
  }
  get signal(): AbortSignal {
    return this.#state.signal
  }
  error(reason?: unknown): void {
    this.#state.errorIfNeeded(reason)
  }
  get [Symbol.toStringTag](): string {
    return 'WritableStreamDefaultController'
  }
}
