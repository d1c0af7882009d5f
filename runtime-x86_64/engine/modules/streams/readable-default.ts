// ReadableStreamDefaultController (Streams, 4.6 and 4.9.4).
import { then } from './promises.js'
import { SizedQueue } from './queue.js'
import { idleSource, Puller, type Pulling, type Source } from './readable-pull.js'
import {
  closeStream,
  errorStream,
  fulfilRead,
  type ReadableController,
  type ReadableState,
  type ReadRequest,
} from './readable-state.js'
import type { SizeOf } from './strategies.js'

let stateOf: (controller: ReadableStreamDefaultController) => DefaultControllerState

export class DefaultControllerState implements ReadableController, Pulling {
  readonly stream: ReadableState
  readonly queue = new SizedQueue<unknown>()
  readonly #puller = new Puller(this)
  closeRequested = false
  source: Source
  readonly highWaterMark: number
  size: SizeOf
  readonly facade = new ReadableStreamDefaultController(construct, this)

  constructor(stream: ReadableState, source: Source, highWaterMark: number, size: SizeOf) {
    this.stream = stream
    this.source = source
    this.highWaterMark = highWaterMark
    this.size = size
  }

  get desiredSize(): number | null {
    if (this.stream.status === 'errored') return null
    return this.stream.status === 'closed' ? 0 : this.highWaterMark - this.queue.total
  }
  get mayEnqueue(): boolean {
    return !this.closeRequested && this.stream.status === 'readable'
  }
  get wantsMore(): boolean {
    return this.mayEnqueue && (this.stream.waiting > 0 || (this.desiredSize as number) > 0)
  }
  get hasBackpressure(): boolean {
    return !this.#puller.shouldPull
  }

  begin(): void {
    this.#puller.begin()
  }

  close(): void {
    if (!this.mayEnqueue) return
    this.closeRequested = true
    if (this.queue.length > 0) return
    this.clearSource()
    closeStream(this.stream)
  }

  enqueue(chunk: unknown): void {
    if (!this.mayEnqueue) return
    if (this.stream.waiting > 0) fulfilRead(this.stream, chunk)
    else
      try {
        this.queue.push(chunk, this.size(chunk))
      } catch (error) {
        this.error(error)
        throw error
      }
    this.#puller.pull()
  }

  error(reason: unknown): void {
    if (this.stream.status !== 'readable') return
    this.queue.clear()
    this.clearSource()
    errorStream(this.stream, reason)
  }

  cancelSteps(reason: unknown): Promise<void> {
    this.queue.clear()
    const result = this.source.cancel(reason)
    this.clearSource()
    return then(result, () => {})
  }

  pullSteps(request: ReadRequest): void {
    if (this.queue.length > 0) {
      const chunk = this.queue.shift()
      if (this.closeRequested && this.queue.length === 0) {
        this.clearSource()
        closeStream(this.stream)
      } else this.#puller.pull()
      request.chunk(chunk)
      return
    }
    this.stream.reader?.requests.push(request)
    this.#puller.pull()
  }

  releaseSteps(): void {}

  /** Lets go of what the app gave. */
  private clearSource(): void {
    this.source = idleSource
    this.size = () => 1
  }
}

/** Only what is made here makes controllers. */
const construct = Symbol('construct')

export class ReadableStreamDefaultController {
  readonly #state: DefaultControllerState

  static {
    stateOf = (controller) => controller.#state
  }

  constructor(given: unknown, state: unknown) {
    if (given !== construct) throw new TypeError('Illegal constructor')
    this.#state = state as DefaultControllerState
  }
  get desiredSize(): number | null {
    return stateOf(this).desiredSize
  }
  close(): void {
    const state = stateOf(this)
    if (!state.mayEnqueue) throw new TypeError('The stream is closed or errored')
    state.close()
  }
  enqueue(chunk?: unknown): void {
    const state = stateOf(this)
    if (!state.mayEnqueue) throw new TypeError('The stream is closed or errored')
    state.enqueue(chunk)
  }
  error(reason?: unknown): void {
    stateOf(this).error(reason)
  }
  get [Symbol.toStringTag](): string {
    return 'ReadableStreamDefaultController'
  }
}
