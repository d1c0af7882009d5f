// What a WritableStream is made of (Streams, 5.4 and 5.5).
import { Deferred, rejectedWith, resolvedWith, then } from './promises.js'
import { Fifo, SizedQueue } from './queue.js'
import type { SizeOf } from './strategies.js'

/** What a stream's sink does when told. */
export interface Sink {
  start(): unknown
  write(chunk: unknown): Promise<unknown>
  close(): Promise<unknown>
  abort(reason: unknown): Promise<unknown>
}

export interface WriterState {
  stream: WritableState | undefined
  closed: Deferred
  ready: Deferred
}

interface PendingAbort {
  readonly done: Deferred
  readonly reason: unknown
  readonly wasErroring: boolean
}

const idle: Sink = {
  start() {},
  write: () => resolvedWith(undefined),
  close: () => resolvedWith(undefined),
  abort: () => resolvedWith(undefined),
}

export class WritableState {
  status: 'writable' | 'erroring' | 'errored' | 'closed' = 'writable'
  error: unknown
  writer: WriterState | undefined
  controller!: WritableControllerState
  readonly writes = new Fifo<Deferred>()
  writing: Deferred | undefined
  closeRequest: Deferred | undefined
  closing: Deferred | undefined
  abortRequest: PendingAbort | undefined
  backpressure = false
  facade: object | undefined

  get locked(): boolean {
    return this.writer !== undefined
  }
  get isClosing(): boolean {
    return this.closeRequest !== undefined || this.closing !== undefined
  }
}

/** What stands in the queue in place of the end. */
const end = Symbol('end')

export class WritableControllerState {
  readonly stream: WritableState
  readonly #queue = new SizedQueue<unknown>()
  #started = false
  #sink: Sink
  #size: SizeOf | undefined
  readonly #highWaterMark: number
  #abort: AbortController | undefined

  constructor(stream: WritableState, sink: Sink, highWaterMark: number, size: SizeOf) {
    this.stream = stream
    this.#sink = sink
    this.#highWaterMark = highWaterMark
    this.#size = size
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    return this.#abort.signal
  }
  get desiredSize(): number {
    return this.#highWaterMark - this.#queue.total
  }
  get started(): boolean {
    return this.#started
  }

  begin(): void {
    updateBackpressure(this.stream, this.desiredSize <= 0)
    const started = this.#sink.start()
    then(
      resolvedWith(started),
      () => {
        this.#started = true
        this.advance()
      },
      (reason) => {
        this.#started = true
        dealWithRejection(this.stream, reason)
      },
    )
  }

  chunkSize(chunk: unknown): number {
    if (this.#size === undefined) return 1
    try {
      return this.#size(chunk)
    } catch (error) {
      this.errorIfNeeded(error)
      return 1
    }
  }

  write(chunk: unknown, size: number): void {
    try {
      this.#queue.push(chunk, size)
    } catch (error) {
      this.errorIfNeeded(error)
      return
    }
    if (!this.stream.isClosing && this.stream.status === 'writable')
      updateBackpressure(this.stream, this.desiredSize <= 0)
    this.advance()
  }

  close(): void {
    this.#queue.push(end, 0)
    this.advance()
  }

  errorIfNeeded(reason: unknown): void {
    if (this.stream.status === 'writable') this.error(reason)
  }

  error(reason: unknown): void {
    this.#clearSink()
    startErroring(this.stream, reason)
  }

  abortSteps(reason: unknown): Promise<unknown> {
    const result = this.#sink.abort(reason)
    this.#clearSink()
    return result
  }

  errorSteps(): void {
    this.#queue.clear()
  }

  signalAbort(reason: unknown): void {
    this.signal // whoever asks for it later shall find it aborted
    this.#abort?.abort(reason)
  }

  advance(): void {
    const { stream } = this
    if (!this.#started || stream.writing !== undefined) return
    if (stream.status === 'erroring') {
      finishErroring(stream)
      return
    }
    if (this.#queue.length === 0) return
    const chunk = this.#queue.peek()
    if (chunk === end) this.#processClose()
    else this.#processWrite(chunk)
  }

  #processClose(): void {
    const { stream } = this
    stream.closing = stream.closeRequest
    stream.closeRequest = undefined
    this.#queue.shift()
    const result = this.#sink.close()
    this.#clearSink()
    then(
      result,
      () => finishClose(stream),
      (reason) => finishCloseWithError(stream, reason),
    )
  }

  #processWrite(chunk: unknown): void {
    const { stream } = this
    stream.writing = stream.writes.shift()
    then(
      this.#sink.write(chunk),
      () => {
        stream.writing?.resolve()
        stream.writing = undefined
        this.#queue.shift()
        if (!stream.isClosing && stream.status === 'writable')
          updateBackpressure(stream, this.desiredSize <= 0)
        this.advance()
      },
      (reason) => {
        if (stream.status === 'writable') this.#clearSink()
        stream.writing?.reject(reason)
        stream.writing = undefined
        dealWithRejection(stream, reason)
      },
    )
  }

  #clearSink(): void {
    this.#sink = idle
    this.#size = undefined
  }
}

export function acquireWriter(stream: WritableState): WriterState {
  if (stream.locked) throw new TypeError('The stream is locked to a writer')
  const { status, error } = stream
  const waits = status === 'writable' && !stream.isClosing && stream.backpressure
  const ready = waits ? new Deferred() : Deferred.resolved()
  const writer: WriterState = {
    stream,
    ready: status === 'erroring' || status === 'errored' ? Deferred.rejected(error) : ready,
    closed:
      status === 'closed'
        ? Deferred.resolved()
        : status === 'errored'
          ? Deferred.rejected(error)
          : new Deferred(),
  }
  stream.writer = writer
  return writer
}

export function releaseWriter(writer: WriterState): void {
  const { stream } = writer
  if (stream === undefined) return
  const reason = new TypeError('The writer was released')
  failReady(writer, reason)
  failClosed(writer, reason)
  stream.writer = undefined
  writer.stream = undefined
}

function failReady(writer: WriterState, reason: unknown): void {
  if (!writer.ready.pending) writer.ready = new Deferred()
  writer.ready.fail(reason)
}

function failClosed(writer: WriterState, reason: unknown): void {
  if (!writer.closed.pending) writer.closed = new Deferred()
  writer.closed.fail(reason)
}

export function writeChunk(writer: WriterState, chunk: unknown): Promise<void> {
  const stream = writer.stream as WritableState
  const { controller } = stream
  const size = controller.chunkSize(chunk)
  if (writer.stream !== stream) return rejectedWith(new TypeError('The writer was released'))
  if (stream.status === 'errored') return rejectedWith(stream.error)
  if (stream.isClosing || stream.status === 'closed')
    return rejectedWith(new TypeError('The stream is closing or closed'))
  if (stream.status === 'erroring') return rejectedWith(stream.error)
  const request = new Deferred()
  stream.writes.push(request)
  controller.write(chunk, size)
  return request.promise
}

export function closeWritable(stream: WritableState): Promise<void> {
  if (stream.status === 'closed' || stream.status === 'errored')
    return rejectedWith(new TypeError(`The stream is ${stream.status}`))
  const request = new Deferred()
  stream.closeRequest = request
  if (stream.writer !== undefined && stream.backpressure && stream.status === 'writable')
    stream.writer.ready.resolve()
  stream.controller.close()
  return request.promise
}

/** Closes what is not closing yet; as pipes do it. */
export function closeWritableOnce(stream: WritableState): Promise<void> {
  if (stream.isClosing || stream.status === 'closed') return resolvedWith<void>(undefined)
  return stream.status === 'errored' ? rejectedWith(stream.error) : closeWritable(stream)
}

export function abortWritable(stream: WritableState, reason: unknown): Promise<void> {
  if (stream.status === 'closed' || stream.status === 'errored') return resolvedWith<void>(undefined)
  stream.controller.signalAbort(reason)
  const status = stream.status as WritableState['status'] // a listener of the signal may have done anything
  if (status === 'closed' || status === 'errored') return resolvedWith<void>(undefined)
  if (stream.abortRequest !== undefined) return stream.abortRequest.done.promise
  const wasErroring = status === 'erroring'
  const done = new Deferred()
  stream.abortRequest = { done, reason: wasErroring ? undefined : reason, wasErroring }
  if (!wasErroring) startErroring(stream, reason)
  return done.promise
}

export function updateBackpressure(stream: WritableState, backpressure: boolean): void {
  const { writer } = stream
  if (writer !== undefined && backpressure !== stream.backpressure) {
    if (backpressure) writer.ready = new Deferred()
    else writer.ready.resolve()
  }
  stream.backpressure = backpressure
}

function startErroring(stream: WritableState, reason: unknown): void {
  stream.status = 'erroring'
  stream.error = reason
  if (stream.writer !== undefined) failReady(stream.writer, reason)
  const isBusy = stream.writing !== undefined || stream.closing !== undefined
  if (!isBusy && stream.controller.started) finishErroring(stream)
}

function dealWithRejection(stream: WritableState, reason: unknown): void {
  if (stream.status === 'writable') startErroring(stream, reason)
  else finishErroring(stream)
}

function finishErroring(stream: WritableState): void {
  stream.status = 'errored'
  stream.controller.errorSteps()
  for (const request of stream.writes.take()) request.reject(stream.error)
  const { abortRequest } = stream
  if (abortRequest === undefined) {
    rejectClosing(stream)
    return
  }
  stream.abortRequest = undefined
  if (abortRequest.wasErroring) {
    abortRequest.done.reject(stream.error)
    rejectClosing(stream)
    return
  }
  then<unknown, unknown>(
    stream.controller.abortSteps(abortRequest.reason),
    () => {
      abortRequest.done.resolve()
      rejectClosing(stream)
    },
    (reason) => {
      abortRequest.done.reject(reason)
      rejectClosing(stream)
    },
  )
}

function finishClose(stream: WritableState): void {
  stream.closing?.resolve()
  stream.closing = undefined
  if (stream.status === 'erroring') {
    stream.error = undefined
    stream.abortRequest?.done.resolve()
    stream.abortRequest = undefined
  }
  stream.status = 'closed'
  stream.writer?.closed.resolve()
}

function finishCloseWithError(stream: WritableState, reason: unknown): void {
  stream.closing?.reject(reason)
  stream.closing = undefined
  stream.abortRequest?.done.reject(reason)
  stream.abortRequest = undefined
  dealWithRejection(stream, reason)
}

function rejectClosing(stream: WritableState): void {
  stream.closeRequest?.reject(stream.error)
  stream.closeRequest = undefined
  stream.writer?.closed.fail(stream.error)
}
