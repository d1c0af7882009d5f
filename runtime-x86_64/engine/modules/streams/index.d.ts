// biome-ignore-all lint: declarations follow the APIs that they describe
interface QueuingStrategy<T = any> {
  highWaterMark?: number
  size?: (chunk: T) => number
}
declare class ByteLengthQueuingStrategy implements QueuingStrategy<ArrayBufferView> {
  constructor(init: { highWaterMark: number })
  readonly highWaterMark: number
  readonly size: (chunk: ArrayBufferView) => number
}
declare class CountQueuingStrategy implements QueuingStrategy {
  constructor(init: { highWaterMark: number })
  readonly highWaterMark: number
  readonly size: () => number
}

interface UnderlyingDefaultSource<R = any> {
  start?: (controller: ReadableStreamDefaultController<R>) => any
  pull?: (controller: ReadableStreamDefaultController<R>) => void | PromiseLike<void>
  cancel?: (reason?: any) => void | PromiseLike<void>
  type?: undefined
}
interface UnderlyingByteSource {
  start?: (controller: ReadableByteStreamController) => any
  pull?: (controller: ReadableByteStreamController) => void | PromiseLike<void>
  cancel?: (reason?: any) => void | PromiseLike<void>
  type: 'bytes'
  autoAllocateChunkSize?: number
}
interface StreamPipeOptions {
  preventAbort?: boolean
  preventCancel?: boolean
  preventClose?: boolean
  signal?: AbortSignal
}
type ReadableStreamReadResult<T> = { done: false; value: T } | { done: true; value: T | undefined }

declare class ReadableStream<R = any> {
  constructor(source: UnderlyingByteSource, strategy?: { highWaterMark?: number })
  constructor(source?: UnderlyingDefaultSource<R>, strategy?: QueuingStrategy<R>)
  static from<T>(iterable: AsyncIterable<T> | Iterable<T | PromiseLike<T>>): ReadableStream<T>
  readonly locked: boolean
  cancel(reason?: any): Promise<void>
  getReader(options: { mode: 'byob' }): ReadableStreamBYOBReader
  getReader(): ReadableStreamDefaultReader<R>
  pipeThrough<T>(
    transform: { writable: WritableStream<R>; readable: ReadableStream<T> },
    options?: StreamPipeOptions,
  ): ReadableStream<T>
  pipeTo(destination: WritableStream<R>, options?: StreamPipeOptions): Promise<void>
  tee(): [ReadableStream<R>, ReadableStream<R>]
  values(options?: { preventCancel?: boolean }): AsyncIterableIterator<R>
  [Symbol.asyncIterator](options?: { preventCancel?: boolean }): AsyncIterableIterator<R>
}
declare class ReadableStreamDefaultReader<R = any> {
  constructor(stream: ReadableStream<R>)
  readonly closed: Promise<void>
  cancel(reason?: any): Promise<void>
  read(): Promise<ReadableStreamReadResult<R>>
  releaseLock(): void
}
declare class ReadableStreamBYOBReader {
  constructor(stream: ReadableStream<Uint8Array>)
  readonly closed: Promise<void>
  cancel(reason?: any): Promise<void>
  read<T extends ArrayBufferView>(view: T, options?: { min?: number }): Promise<ReadableStreamReadResult<T>>
  releaseLock(): void
}
declare class ReadableStreamDefaultController<R = any> {
  private constructor()
  readonly desiredSize: number | null
  close(): void
  enqueue(chunk?: R): void
  error(reason?: any): void
}
declare class ReadableByteStreamController {
  private constructor()
  readonly byobRequest: ReadableStreamBYOBRequest | null
  readonly desiredSize: number | null
  close(): void
  enqueue(chunk: ArrayBufferView): void
  error(reason?: any): void
}
declare class ReadableStreamBYOBRequest {
  private constructor()
  readonly view: Uint8Array | null
  respond(bytesWritten: number): void
  respondWithNewView(view: ArrayBufferView): void
}

interface UnderlyingSink<W = any> {
  start?: (controller: WritableStreamDefaultController) => any
  write?: (chunk: W, controller: WritableStreamDefaultController) => void | PromiseLike<void>
  close?: () => void | PromiseLike<void>
  abort?: (reason?: any) => void | PromiseLike<void>
}
declare class WritableStream<W = any> {
  constructor(sink?: UnderlyingSink<W>, strategy?: QueuingStrategy<W>)
  readonly locked: boolean
  abort(reason?: any): Promise<void>
  close(): Promise<void>
  getWriter(): WritableStreamDefaultWriter<W>
}
declare class WritableStreamDefaultWriter<W = any> {
  constructor(stream: WritableStream<W>)
  readonly closed: Promise<void>
  readonly desiredSize: number | null
  readonly ready: Promise<void>
  abort(reason?: any): Promise<void>
  close(): Promise<void>
  releaseLock(): void
  write(chunk?: W): Promise<void>
}
declare class WritableStreamDefaultController {
  private constructor()
  readonly signal: AbortSignal
  error(reason?: any): void
}

interface Transformer<I = any, O = any> {
  start?: (controller: TransformStreamDefaultController<O>) => any
  transform?: (chunk: I, controller: TransformStreamDefaultController<O>) => void | PromiseLike<void>
  flush?: (controller: TransformStreamDefaultController<O>) => void | PromiseLike<void>
  cancel?: (reason?: any) => void | PromiseLike<void>
}
declare class TransformStream<I = any, O = any> {
  constructor(
    transformer?: Transformer<I, O>,
    writableStrategy?: QueuingStrategy<I>,
    readableStrategy?: QueuingStrategy<O>,
  )
  readonly readable: ReadableStream<O>
  readonly writable: WritableStream<I>
}
declare class TransformStreamDefaultController<O = any> {
  private constructor()
  readonly desiredSize: number | null
  enqueue(chunk?: O): void
  error(reason?: any): void
  terminate(): void
}
