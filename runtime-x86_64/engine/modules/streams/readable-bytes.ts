// ReadableByteStreamController and what readers bring their own buffers to (Streams, 4.7, 4.8 and 4.9.5).
import { then } from './promises.js'
import { Fifo } from './queue.js'
import { idleSource, Puller, type Pulling, type Source } from './readable-pull.js'
import {
  closeStream,
  errorStream,
  fulfilRead,
  fulfilReadInto,
  type ReadableController,
  type ReadableState,
  type ReadIntoRequest,
  type ReadRequest,
} from './readable-state.js'

export interface ByteSource extends Source {
  /** Bytes that a buffer is made of for who brings none. */
  readonly autoAllocate: number | undefined
}

type ViewClass = new (buffer: ArrayBuffer, byteOffset: number, length: number) => ArrayBufferView

/** A view to be filled. */
interface PullInto {
  buffer: ArrayBuffer
  readonly bufferSize: number
  byteOffset: number
  readonly byteLength: number
  filled: number
  readonly least: number
  readonly elementSize: number
  readonly view: ViewClass
  /** none: who wanted it has let go. */
  reader: 'default' | 'byob' | 'none'
}

interface Piece {
  readonly buffer: ArrayBuffer
  byteOffset: number
  byteLength: number
}

let stateOf: (controller: ReadableByteStreamController) => ByteControllerState
let setRequest: (request: ReadableStreamBYOBRequest, view: Uint8Array | null) => void

const construct = Symbol('construct')

export class ByteControllerState implements ReadableController, Pulling {
  readonly stream: ReadableState
  readonly highWaterMark: number
  readonly #pieces = new Fifo<Piece>()
  #total = 0
  readonly #pending: PullInto[] = []
  #request: ReadableStreamBYOBRequest | null = null
  readonly #puller = new Puller(this)
  #closeRequested = false
  source: Source
  readonly #autoAllocate: number | undefined
  readonly facade = new ReadableByteStreamController(construct, this)

  constructor(stream: ReadableState, source: ByteSource, highWaterMark: number) {
    this.stream = stream
    this.source = source
    this.#autoAllocate = source.autoAllocate
    this.highWaterMark = highWaterMark
  }

  get desiredSize(): number | null {
    if (this.stream.status === 'errored') return null
    return this.stream.status === 'closed' ? 0 : this.highWaterMark - this.#total
  }
  get mayEnqueue(): boolean {
    return !this.#closeRequested && this.stream.status === 'readable'
  }
  get hasPending(): boolean {
    return this.#pending.length > 0
  }

  get wantsMore(): boolean {
    const { waiting, waitingInto } = this.stream
    return this.mayEnqueue && (waiting > 0 || waitingInto > 0 || (this.desiredSize as number) > 0)
  }

  begin(): void {
    this.#puller.begin()
  }

  request(): ReadableStreamBYOBRequest | null {
    const [first] = this.#pending
    if (this.#request === null && first !== undefined) {
      const { buffer, byteOffset, byteLength, filled } = first
      const view = new Uint8Array(buffer, byteOffset + filled, byteLength - filled)
      this.#request = new ReadableStreamBYOBRequest(construct, this, view)
    }
    return this.#request
  }

  close(): void {
    if (!this.mayEnqueue) return
    if (this.#total > 0) {
      this.#closeRequested = true
      return
    }
    const [first] = this.#pending
    if (first !== undefined && first.filled % first.elementSize !== 0) {
      const error = new TypeError(
        'The stream was closed in the middle of an element of the view to be filled',
      )
      this.error(error)
      throw error
    }
    this.#clearSource()
    closeStream(this.stream)
  }

  enqueue(chunk: ArrayBufferView): void {
    if (!this.mayEnqueue) return
    const { byteOffset, byteLength } = chunk
    const buffer = transfer(chunk.buffer as ArrayBuffer)
    const [first] = this.#pending
    if (first !== undefined) {
      if (first.buffer.detached) throw new TypeError("The buffer of the request's view was detached")
      this.#invalidateRequest()
      first.buffer = transfer(first.buffer)
      if (first.reader === 'none') this.#keepDetached(first)
    }
    if (this.stream.reader !== undefined && !this.stream.reader.byob) {
      this.#fillReadsFromQueue()
      if (this.stream.waiting === 0) this.#push(buffer, byteOffset, byteLength)
      else {
        if (this.#pending.length > 0) this.#pending.shift()
        fulfilRead(this.stream, new Uint8Array(buffer, byteOffset, byteLength))
      }
    } else if (this.stream.reader !== undefined) {
      this.#push(buffer, byteOffset, byteLength)
      for (const filled of this.#fillFromQueue()) this.#commit(filled)
    } else this.#push(buffer, byteOffset, byteLength)
    this.#puller.pull()
  }

  error(reason: unknown): void {
    if (this.stream.status !== 'readable') return
    this.#clearPending()
    this.#clearQueue()
    this.#clearSource()
    errorStream(this.stream, reason)
  }

  cancelSteps(reason: unknown): Promise<void> {
    this.#clearPending()
    this.#clearQueue()
    const result = this.source.cancel(reason)
    this.#clearSource()
    return then(result, () => {})
  }

  pullSteps(request: ReadRequest): void {
    if (this.#total > 0) {
      this.#fillRead(request)
      return
    }
    const size = this.#autoAllocate
    if (size !== undefined) {
      let buffer: ArrayBuffer
      try {
        buffer = new ArrayBuffer(size)
      } catch (error) {
        request.error(error)
        return
      }
      const range = { buffer, bufferSize: size, byteOffset: 0, byteLength: size }
      const view = Uint8Array as unknown as ViewClass
      this.#pending.push({ ...range, filled: 0, least: 1, elementSize: 1, view, reader: 'default' })
    }
    this.stream.reader?.requests.push(request)
    this.#puller.pull()
  }

  releaseSteps(): void {
    const [first] = this.#pending
    if (first === undefined) return
    first.reader = 'none'
    this.#pending.length = 1
  }

  /** A read of a BYOB reader: at least `least` elements. */
  pullInto(view: ArrayBufferView, least: number, request: ReadIntoRequest): void {
    const { stream } = this
    const elementSize = (view as Uint8Array).BYTES_PER_ELEMENT ?? 1
    const { byteOffset, byteLength } = view
    let buffer: ArrayBuffer
    try {
      buffer = transfer(view.buffer as ArrayBuffer)
    } catch (error) {
      request.error(error)
      return
    }
    const range = { buffer, bufferSize: buffer.byteLength, byteOffset, byteLength }
    const viewClass = classOf(view)
    const pull: PullInto = {
      ...{ ...range, filled: 0, least: least * elementSize, elementSize },
      ...{ view: viewClass, reader: 'byob' },
    }
    if (this.#pending.length > 0) {
      this.#pending.push(pull)
      stream.reader?.intoRequests.push(request)
      return
    }
    if (stream.status === 'closed') {
      request.close(new viewClass(buffer, byteOffset, 0))
      return
    }
    if (this.#total > 0) {
      if (this.#fill(pull)) {
        const filled = viewOf(pull)
        this.#afterQueueShrank()
        request.chunk(filled)
        return
      }
      if (this.#closeRequested) {
        const error = new TypeError('The stream was closed before the view was filled')
        this.error(error)
        request.error(error)
        return
      }
    }
    this.#pending.push(pull)
    stream.reader?.intoRequests.push(request)
    this.#puller.pull()
  }

  respond(written: number): void {
    const [first] = this.#pending
    if (first === undefined) throw new TypeError('There is no request')
    if (this.stream.status === 'closed') {
      if (written !== 0) throw new TypeError('The stream is closed: only 0 bytes can have been written')
    } else {
      if (written === 0) throw new TypeError('At least one byte must have been written')
      if (first.filled + written > first.byteLength)
        throw new RangeError('More bytes than the view holds cannot have been written')
    }
    first.buffer = transfer(first.buffer)
    this.#respond(written)
  }

  respondWithNewView(view: ArrayBufferView): void {
    const [first] = this.#pending
    if (first === undefined) throw new TypeError('There is no request')
    if (this.stream.status === 'closed') {
      if (view.byteLength !== 0) throw new TypeError('The stream is closed: the view must be empty')
    } else if (view.byteLength === 0) throw new TypeError('The view must not be empty')
    if (first.byteOffset + first.filled !== view.byteOffset)
      throw new RangeError('The view must begin where the request has room')
    if (first.bufferSize !== view.buffer.byteLength)
      throw new RangeError("The buffer must be as large as the request's")
    if (first.filled + view.byteLength > first.byteLength)
      throw new RangeError('The view must fit into the request')
    const { byteLength } = view
    first.buffer = transfer(view.buffer as ArrayBuffer)
    this.#respond(byteLength)
  }

  #respond(written: number): void {
    const first = this.#pending[0] as PullInto
    this.#invalidateRequest()
    if (this.stream.status === 'closed') {
      if (first.reader === 'none') this.#pending.shift()
      const filled: PullInto[] = []
      while (this.stream.reader?.byob && filled.length < this.stream.waitingInto)
        filled.push(this.#pending.shift() as PullInto)
      for (const pull of filled) this.#commit(pull)
    } else {
      first.filled += written
      if (first.reader === 'none') {
        this.#keepDetached(first)
        for (const filled of this.#fillFromQueue()) this.#commit(filled)
      } else if (first.filled >= first.least) {
        this.#pending.shift()
        const rest = first.filled % first.elementSize
        if (rest > 0) this.#pushCopy(first.buffer, first.byteOffset + first.filled - rest, rest)
        first.filled -= rest
        const others = this.#fillFromQueue()
        this.#commit(first)
        for (const filled of others) this.#commit(filled)
      }
    }
    this.#puller.pull()
  }

  #commit(pull: PullInto): void {
    const isClosed = this.stream.status === 'closed'
    const view = viewOf(pull)
    if (pull.reader === 'default') fulfilRead(this.stream, view)
    else fulfilReadInto(this.stream, view, isClosed)
  }

  /** What was written for a reader that has let go is the stream's. */
  #keepDetached(pull: PullInto): void {
    if (pull.filled > 0) this.#pushCopy(pull.buffer, pull.byteOffset, pull.filled)
    this.#pending.shift()
  }

  #fillFromQueue(): PullInto[] {
    const filled: PullInto[] = []
    while (this.#pending.length > 0 && this.#total > 0) {
      const first = this.#pending[0] as PullInto
      if (!this.#fill(first)) break
      this.#pending.shift()
      filled.push(first)
    }
    return filled
  }

  /** True: it has as much as was asked for. */
  #fill(pull: PullInto): boolean {
    const most = Math.min(this.#total, pull.byteLength - pull.filled)
    const whole = pull.filled + most - ((pull.filled + most) % pull.elementSize)
    const ready = whole >= pull.least
    let left = ready ? whole - pull.filled : most
    while (left > 0) {
      const piece = this.#pieces.peek()
      const size = Math.min(left, piece.byteLength)
      const to = new Uint8Array(pull.buffer, pull.byteOffset + pull.filled, size)
      to.set(new Uint8Array(piece.buffer, piece.byteOffset, size))
      if (piece.byteLength === size) this.#pieces.shift()
      piece.byteOffset += size
      piece.byteLength -= size
      this.#total -= size
      pull.filled += size
      left -= size
    }
    return ready
  }

  #fillReadsFromQueue(): void {
    while (this.stream.waiting > 0 && this.#total > 0)
      this.#fillRead(this.stream.reader?.requests.shift() as ReadRequest)
  }

  #fillRead(request: ReadRequest): void {
    const { buffer, byteOffset, byteLength } = this.#pieces.shift()
    this.#total -= byteLength
    this.#afterQueueShrank()
    request.chunk(new Uint8Array(buffer, byteOffset, byteLength))
  }

  #afterQueueShrank(): void {
    if (this.#total === 0 && this.#closeRequested) {
      this.#clearSource()
      closeStream(this.stream)
    } else this.#puller.pull()
  }

  #push(buffer: ArrayBuffer, byteOffset: number, byteLength: number): void {
    this.#pieces.push({ buffer, byteOffset, byteLength })
    this.#total += byteLength
  }

  #pushCopy(buffer: ArrayBuffer, byteOffset: number, byteLength: number): void {
    let copy: ArrayBuffer
    try {
      copy = buffer.slice(byteOffset, byteOffset + byteLength)
    } catch (error) {
      this.error(error)
      throw error
    }
    this.#push(copy, 0, byteLength)
  }

  #clearPending(): void {
    this.#invalidateRequest()
    this.#pending.length = 0
  }

  #clearQueue(): void {
    this.#pieces.clear()
    this.#total = 0
  }

  #clearSource(): void {
    this.source = idleSource
  }

  #invalidateRequest(): void {
    if (this.#request !== null) setRequest(this.#request, null)
    this.#request = null
  }
}

function viewOf({ buffer, byteOffset, filled, elementSize, view }: PullInto): ArrayBufferView {
  return new view(transfer(buffer), byteOffset, filled / elementSize)
}

/** The same bytes in a new buffer; the old one is detached. */
export function transfer(buffer: ArrayBuffer): ArrayBuffer {
  return (buffer as ArrayBuffer & { transfer(): ArrayBuffer }).transfer()
}

const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
  ?.get as () => string | undefined

function classOf(view: ArrayBufferView): ViewClass {
  const name = Reflect.apply(tagOf, view, []) ?? 'DataView'
  return (globalThis as unknown as Record<string, ViewClass>)[name] as ViewClass
}

/** A view as an argument. */
export function checkView(view: unknown): ArrayBufferView {
  if (!ArrayBuffer.isView(view)) throw new TypeError('The "view" argument must be a view of an ArrayBuffer')
  return view
}

export class ReadableByteStreamController {
  readonly #state: ByteControllerState

  static {
    stateOf = (controller) => controller.#state
  }

  constructor(given: unknown, state: unknown) {
    if (given !== construct) throw new TypeError('Illegal constructor')
    this.#state = state as ByteControllerState
  }
  get byobRequest(): ReadableStreamBYOBRequest | null {
    return stateOf(this).request()
  }
  get desiredSize(): number | null {
    return stateOf(this).desiredSize
  }
  close(): void {
    const state = stateOf(this)
    if (!state.mayEnqueue) throw new TypeError('The stream is closed or errored')
    state.close()
  }
  enqueue(chunk: ArrayBufferView): void {
    const state = stateOf(this)
    checkView(chunk)
    if (chunk.byteLength === 0) throw new TypeError('The chunk must not be empty')
    if (chunk.buffer.byteLength === 0) throw new TypeError('The buffer of the chunk must not be empty')
    if (!state.mayEnqueue) throw new TypeError('The stream is closed or errored')
    state.enqueue(chunk)
  }
  error(reason?: unknown): void {
    stateOf(this).error(reason)
  }
  get [Symbol.toStringTag](): string {
    return 'ReadableByteStreamController'
  }
}

export class ReadableStreamBYOBRequest {
  readonly #controller: ByteControllerState
  #view: Uint8Array | null

  static {
    setRequest = (request, view) => {
      request.#view = view
    }
  }

  constructor(given: unknown, controller: unknown, view: unknown) {
    if (given !== construct) throw new TypeError('Illegal constructor')
    this.#controller = controller as ByteControllerState
    this.#view = view as Uint8Array
  }
  get view(): Uint8Array | null {
    return this.#view
  }
  respond(bytesWritten: number): void {
    const controller = this.#controller
    const view = this.#open()
    const written = Number(bytesWritten)
    if (!Number.isFinite(written) || written < 0 || written > Number.MAX_SAFE_INTEGER)
      throw new TypeError('The "bytesWritten" argument must be a number of bytes')
    if ((view.buffer as ArrayBuffer).detached)
      throw new TypeError("The buffer of the request's view was detached")
    controller.respond(Math.trunc(written))
  }
  respondWithNewView(view: ArrayBufferView): void {
    const controller = this.#controller
    checkView(view)
    this.#open()
    if ((view.buffer as ArrayBuffer).detached) throw new TypeError('The buffer of the view was detached')
    controller.respondWithNewView(view)
  }
  #open(): Uint8Array {
    if (this.#view === null) throw new TypeError('The request was answered already')
    return this.#view
  }
  get [Symbol.toStringTag](): string {
    return 'ReadableStreamBYOBRequest'
  }
}
