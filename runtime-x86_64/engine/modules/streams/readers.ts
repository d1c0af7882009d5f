// ReadableStreamDefaultReader and ReadableStreamBYOBReader (Streams, 4.3 to 4.5).
import { Deferred, guard, rejectedWith } from './promises.js'
import { ByteControllerState, checkView } from './readable-bytes.js'
import {
  acquireReader,
  cancelStream,
  type ReadableState,
  type ReaderState,
  readResult,
  releaseReader,
} from './readable-state.js'

/** What `read` gives. */
export interface ReadResult {
  readonly value: unknown
  readonly done: boolean
}

/** Set by the class ReadableStream, which knows its own; throws for anything else. */
export const streams = { stateOf: undefined as unknown as (stream: unknown) => ReadableState }

const released = () => new TypeError('The reader was released')

function openStream(reader: ReaderState): ReadableState {
  if (reader.stream === undefined) throw released()
  return reader.stream
}

export class ReadableStreamDefaultReader {
  readonly #state: ReaderState

  constructor(stream: object) {
    this.#state = acquireReader(streams.stateOf(stream), false)
  }
  get closed(): Promise<void> {
    if (!(#state in this)) return rejectedWith(new TypeError('Illegal invocation'))
    return this.#state.closed.promise
  }
  cancel(reason?: unknown): Promise<void> {
    return guard(() => cancelStream(openStream(this.#state), reason))
  }
  read(): Promise<ReadResult> {
    return guard(() => readResult(openStream(this.#state)))
  }
  releaseLock(): void {
    releaseReader(this.#state)
  }
  get [Symbol.toStringTag](): string {
    return 'ReadableStreamDefaultReader'
  }
}

export class ReadableStreamBYOBReader {
  readonly #state: ReaderState

  constructor(stream: object) {
    const state = streams.stateOf(stream)
    if (state.locked) throw new TypeError('The stream is locked to a reader')
    if (!(state.controller instanceof ByteControllerState))
      throw new TypeError('A reader with buffers of its own needs a stream of type "bytes"')
    this.#state = acquireReader(state, true)
  }
  get closed(): Promise<void> {
    if (!(#state in this)) return rejectedWith(new TypeError('Illegal invocation'))
    return this.#state.closed.promise
  }
  cancel(reason?: unknown): Promise<void> {
    return guard(() => cancelStream(openStream(this.#state), reason))
  }
  read(view: ArrayBufferView, options: { readonly min?: number } = {}): Promise<ReadResult> {
    return guard(() => {
      const state = this.#state
      const least = leastOf(checkView(view), options)
      return readInto(openStream(state), view, least)
    })
  }
  releaseLock(): void {
    releaseReader(this.#state)
  }
  get [Symbol.toStringTag](): string {
    return 'ReadableStreamBYOBReader'
  }
}

// Elements, or bytes of a DataView.
function leastOf(view: ArrayBufferView, options: { readonly min?: number } | null): number {
  if (view.byteLength === 0) throw new TypeError('The view must not be empty')
  if (view.buffer.byteLength === 0) throw new TypeError('The buffer of the view must not be empty')
  if ((view.buffer as ArrayBuffer).detached) throw new TypeError('The buffer of the view was detached')
  const least = options?.min === undefined ? 1 : Math.trunc(Number(options.min))
  if (!Number.isFinite(least) || least < 0) throw new TypeError('The "min" option must be a number')
  if (least === 0) throw new TypeError('The "min" option must not be 0')
  if (least > ((view as Uint8Array).length ?? view.byteLength))
    throw new RangeError('The "min" option is more than the view holds')
  return least
}

function readInto(stream: ReadableState, view: ArrayBufferView, least: number): Promise<ReadResult> {
  const result = new Deferred<ReadResult>()
  pullInto(stream, view, least, result)
  return result.promise
}

export function pullInto(
  stream: ReadableState,
  view: ArrayBufferView,
  least: number,
  result: Pick<Deferred<ReadResult>, 'resolve' | 'reject'>,
): void {
  stream.disturbed = true
  if (stream.status === 'errored') {
    result.reject(stream.error)
    return
  }
  const controller = stream.controller as ByteControllerState
  controller.pullInto(view, least, {
    chunk: (value) => result.resolve({ value, done: false }),
    close: (value) => result.resolve({ value, done: true }),
    error: (reason) => result.reject(reason),
  })
}
