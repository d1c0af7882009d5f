// TransformStream (Streams, 6).
import { attempt, Deferred, guard, resolvedWith, then } from './promises.js'
import { type ReadableStream, readableFacade } from './readable.js'
import type { DefaultControllerState } from './readable-default.js'
import { makeStream } from './readable-make.js'
import type { ReadableState } from './readable-state.js'
import { markOf, readStrategy, type Strategy, sizeOf } from './strategies.js'
import { makeWritable, type WritableStream, writableFacade } from './writable.js'
import type { WritableState } from './writable-state.js'

/** What an app gives to TransformStream. */
export interface Transformer {
  readonly start?: (controller: object) => unknown
  readonly transform?: (chunk: unknown, controller: object) => unknown
  readonly flush?: (controller: object) => unknown
  readonly cancel?: (reason: unknown) => unknown
  readonly readableType?: undefined
  readonly writableType?: undefined
}

/** A transformer's functions, without a `this`. */
interface Steps {
  transform(chunk: unknown): Promise<unknown>
  flush(): Promise<unknown>
  cancel(reason: unknown): Promise<unknown>
}

const idle: Steps = {
  transform: () => resolvedWith(undefined),
  flush: () => resolvedWith(undefined),
  cancel: () => resolvedWith(undefined),
}

const construct = Symbol('construct')

class TransformState {
  readable!: ReadableState
  writable!: WritableState
  #steps: Steps = idle
  #backpressure: boolean | undefined
  #change = new Deferred()
  #finished: Deferred | undefined

  setSteps(steps: Steps): void {
    this.#steps = steps
  }

  /** Makes both sides. What they do first waits for `started`. */
  begin(
    started: Promise<unknown>,
    writable: readonly [number, (chunk: unknown) => number],
    readable: typeof writable,
  ) {
    this.writable = makeWritable(
      () => ({
        start: () => started,
        write: (chunk) => this.#write(chunk),
        close: () => this.#close(),
        abort: (reason) => this.#abort(reason),
      }),
      ...writable,
    )
    this.readable = makeStream(
      { pull: () => this.#pull(), cancel: (reason) => this.#cancel(reason) },
      readable[0],
      started,
      readable[1],
    )
    this.#setBackpressure(true)
  }

  get #controller(): DefaultControllerState {
    return this.readable.controller as DefaultControllerState
  }
  get desiredSize(): number | null {
    return this.#controller.desiredSize
  }

  enqueue(chunk: unknown): void {
    const controller = this.#controller
    if (!controller.mayEnqueue) throw new TypeError('The readable side is closed or errored')
    try {
      controller.enqueue(chunk)
    } catch (error) {
      this.#errorWritable(error)
      throw this.readable.error
    }
    const { hasBackpressure } = controller
    if (hasBackpressure !== this.#backpressure) this.#setBackpressure(true)
  }

  error(reason: unknown): void {
    this.#controller.error(reason)
    this.#errorWritable(reason)
  }

  terminate(): void {
    this.#controller.close()
    this.#errorWritable(new TypeError('The transform was terminated'))
  }

  #errorWritable(reason: unknown): void {
    this.#steps = idle
    this.writable.controller.errorIfNeeded(reason)
    this.#unblock()
  }

  #unblock(): void {
    if (this.#backpressure) this.#setBackpressure(false)
  }

  #setBackpressure(backpressure: boolean): void {
    this.#change.resolve()
    this.#change = new Deferred()
    this.#backpressure = backpressure
  }

  #transform(chunk: unknown): Promise<unknown> {
    return then<unknown, unknown>(this.#steps.transform(chunk), undefined, (reason) => {
      this.error(reason)
      throw reason
    })
  }

  #write(chunk: unknown): Promise<unknown> {
    if (!this.#backpressure) return this.#transform(chunk)
    return then<unknown, unknown>(this.#change.promise, () => {
      if (this.writable.status === 'erroring') throw this.writable.error
      return this.#transform(chunk)
    })
  }

  #abort(reason: unknown): Promise<unknown> {
    const fail = (error: unknown) => this.#controller.error(error)
    return this.#finish(
      () => this.#steps.cancel(reason),
      this.readable,
      () => fail(reason),
      fail,
    )
  }

  #close(): Promise<unknown> {
    return this.#finish(
      () => this.#steps.flush(),
      this.readable,
      () => this.#controller.close(),
      (error) => this.#controller.error(error),
    )
  }

  #pull(): Promise<unknown> {
    this.#setBackpressure(false)
    return this.#change.promise
  }

  #cancel(reason: unknown): Promise<unknown> {
    const fail = (error: unknown) => {
      this.writable.controller.errorIfNeeded(error)
      this.#unblock()
    }
    return this.#finish(
      () => this.#steps.cancel(reason),
      this.writable,
      () => fail(reason),
      fail,
    )
  }

  /** Abort, close and cancel, whichever comes first: the app's last step, then the other side's end, unless that has failed meanwhile. */
  #finish(
    step: () => Promise<unknown>,
    other: ReadableState | WritableState,
    end: () => void,
    fail: (reason: unknown) => void,
  ): Promise<unknown> {
    if (this.#finished !== undefined) return this.#finished.promise
    const finished = new Deferred()
    this.#finished = finished
    const result = step()
    this.#steps = idle
    then<unknown, unknown>(
      result,
      () => {
        if (other.status === 'errored') finished.reject(other.error)
        else {
          end()
          finished.resolve()
        }
      },
      (error) => {
        fail(error)
        finished.reject(error)
      },
    )
    return finished.promise
  }
}

export class TransformStream {
  readonly #state: TransformState

  constructor(
    transformer: Transformer = {},
    writableStrategy: Strategy = {},
    readableStrategy: Strategy = {},
  ) {
    const writable = readStrategy(writableStrategy)
    const readable = readStrategy(readableStrategy)
    const { start, transform, flush, cancel } = readTransformer(transformer)
    const readableMark = markOf(readable, 0)
    const writableMark = markOf(writable, 1)
    const started = new Deferred<unknown>()
    const state = new TransformState()
    this.#state = state
    state.begin(started.promise, [writableMark, sizeOf(writable)], [readableMark, sizeOf(readable)])
    const controller = new TransformStreamDefaultController(construct, state)
    const call = (method: (...values: never[]) => unknown, ...values: unknown[]) =>
      attempt(() => Reflect.apply(method, transformer, values))
    state.setSteps({
      transform: (chunk) =>
        transform
          ? call(transform, chunk, controller)
          : guard(() => {
              state.enqueue(chunk)
              return resolvedWith(undefined)
            }),
      flush: () => (flush ? call(flush, controller) : resolvedWith(undefined)),
      cancel: (reason) => (cancel ? call(cancel, reason) : resolvedWith(undefined)),
    })
    started.resolve(start && Reflect.apply(start, transformer, [controller]))
  }
  get readable(): ReadableStream {
    return readableFacade(this.#state.readable)
  }
  get writable(): WritableStream {
    return writableFacade(this.#state.writable)
  }
  get [Symbol.toStringTag](): string {
    return 'TransformStream'
  }
}

// Members in the order of Web IDL: by name.
function readTransformer(given: Transformer): Transformer {
  if ((typeof given !== 'object' || given === null) && typeof given !== 'function')
    throw new TypeError('The "transformer" argument must be an object')
  const { cancel, flush, readableType, start, transform, writableType } = given
  for (const [name, member] of Object.entries({ cancel, flush, start, transform }))
    if (member !== undefined && typeof member !== 'function')
      throw new TypeError(`"${name}" must be a function`)
  if (readableType !== undefined || writableType !== undefined)
    throw new RangeError('The sides of a transform have no type')
  return {
    ...(cancel && { cancel }),
    ...(flush && { flush }),
    ...(start && { start }),
    ...(transform && { transform }),
  }
}

export class TransformStreamDefaultController {
  readonly #state: TransformState

  constructor(given: unknown, state: unknown) {
    if (given !== construct) throw new TypeError('Illegal constructor')
    this.#state = state as TransformState
  }
  get desiredSize(): number | null {
    return this.#state.desiredSize
  }
  enqueue(chunk?: unknown): void {
    this.#state.enqueue(chunk)
  }
  error(reason?: unknown): void {
    this.#state.error(reason)
  }
  terminate(): void {
    this.#state.terminate()
  }
  get [Symbol.toStringTag](): string {
    return 'TransformStreamDefaultController'
  }
}
