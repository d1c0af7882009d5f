// What a ReadableStream is made of (Streams, 4.9): plain state and the operations on it. The classes that apps see stand in front.
import { Deferred, ignore, rejectedWith, resolvedWith, then } from './promises.js'
import { Fifo } from './queue.js'

/** Who waits for a chunk of a default reader. */
export interface ReadRequest {
  chunk(chunk: unknown): void
  close(): void
  error(reason: unknown): void
}

/** Who waits for bytes in a view of its own. */
export interface ReadIntoRequest {
  chunk(view: ArrayBufferView): void
  close(view: ArrayBufferView | undefined): void
  error(reason: unknown): void
}

/** The side of a stream's source. */
export interface ReadableController {
  readonly facade: object
  cancelSteps(reason: unknown): Promise<void>
  pullSteps(request: ReadRequest): void
  releaseSteps(): void
}

export interface ReaderState {
  readonly byob: boolean
  stream: ReadableState | undefined
  closed: Deferred
  readonly requests: Fifo<ReadRequest>
  readonly intoRequests: Fifo<ReadIntoRequest>
}

export class ReadableState {
  status: 'readable' | 'closed' | 'errored' = 'readable'
  error: unknown
  reader: ReaderState | undefined
  disturbed = false
  controller!: ReadableController
  /** The object that the app has; made when it is asked for. */
  facade: object | undefined

  get locked(): boolean {
    return this.reader !== undefined
  }
  get waiting(): number {
    return this.reader === undefined || this.reader.byob ? 0 : this.reader.requests.length
  }
  get waitingInto(): number {
    return this.reader?.byob ? this.reader.intoRequests.length : 0
  }
}

export function cancelStream(stream: ReadableState, reason: unknown): Promise<void> {
  stream.disturbed = true
  if (stream.status === 'closed') return resolvedWith<void>(undefined)
  if (stream.status === 'errored') return rejectedWith(stream.error)
  closeStream(stream)
  if (stream.reader?.byob) for (const request of stream.reader.intoRequests.take()) request.close(undefined)
  return then(stream.controller.cancelSteps(reason), () => {})
}

export function closeStream(stream: ReadableState): void {
  stream.status = 'closed'
  const { reader } = stream
  if (reader === undefined) return
  reader.closed.resolve()
  if (!reader.byob) for (const request of reader.requests.take()) request.close()
}

export function errorStream(stream: ReadableState, reason: unknown): void {
  stream.status = 'errored'
  stream.error = reason
  const { reader } = stream
  if (reader === undefined) return
  reader.closed.fail(reason)
  for (const request of reader.requests.take()) request.error(reason)
  for (const request of reader.intoRequests.take()) request.error(reason)
}

/** Fulfils the first waiting read of a default reader. */
export function fulfilRead(stream: ReadableState, chunk: unknown): void {
  stream.reader?.requests.shift().chunk(chunk)
}

export function fulfilReadInto(stream: ReadableState, view: ArrayBufferView, done: boolean): void {
  const request = stream.reader?.intoRequests.shift()
  if (done) request?.close(view)
  else request?.chunk(view)
}

export function acquireReader(stream: ReadableState, byob: boolean): ReaderState {
  if (stream.locked) throw new TypeError('The stream is locked to a reader')
  const reader: ReaderState = {
    byob,
    stream,
    closed: new Deferred(),
    requests: new Fifo(),
    intoRequests: new Fifo(),
  }
  stream.reader = reader
  if (stream.status === 'closed') reader.closed.resolve()
  if (stream.status === 'errored') reader.closed.fail(stream.error)
  return reader
}

export function releaseReader(reader: ReaderState): void {
  const { stream } = reader
  if (stream === undefined) return
  const reason = new TypeError('The reader was released')
  if (stream.status !== 'readable') reader.closed = new Deferred()
  reader.closed.reject(reason)
  ignore(reader.closed.promise)
  stream.controller.releaseSteps()
  stream.reader = undefined
  reader.stream = undefined
  for (const request of reader.requests.take()) request.error(reason)
  for (const request of reader.intoRequests.take()) request.error(reason)
}

export function readChunk(stream: ReadableState, request: ReadRequest): void {
  stream.disturbed = true
  if (stream.status === 'closed') request.close()
  else if (stream.status === 'errored') request.error(stream.error)
  else stream.controller.pullSteps(request)
}

/** A read as a promise of what iterators give. */
export function readResult(stream: ReadableState): Promise<{ value: unknown; done: boolean }> {
  const result = new Deferred<{ value: unknown; done: boolean }>()
  readChunk(stream, {
    chunk: (value) => result.resolve({ value, done: false }),
    close: () => result.resolve({ value: undefined, done: true }),
    error: (reason) => result.reject(reason),
  })
  return result.promise
}
