// From a readable stream into a writable one (Streams, 4.9.1: ReadableStreamPipeTo).
import { Deferred, resolvedWith, then } from './promises.js'
import {
  acquireReader,
  cancelStream,
  type ReadableState,
  readChunk,
  releaseReader,
} from './readable-state.js'
import {
  abortWritable,
  acquireWriter,
  closeWritableOnce,
  releaseWriter,
  type WritableState,
  writeChunk,
} from './writable-state.js'

export interface PipeOptions {
  readonly preventAbort?: boolean
  readonly preventCancel?: boolean
  readonly preventClose?: boolean
  readonly signal?: AbortSignal | undefined
}

/** The members, read once in the order of Web IDL. */
export function readPipeOptions(options: PipeOptions | null): PipeOptions {
  if (options === null) return {}
  if (typeof options !== 'object' && typeof options !== 'function')
    throw new TypeError('The "options" argument must be an object')
  const preventAbort = !!options.preventAbort
  const preventCancel = !!options.preventCancel
  const preventClose = !!options.preventClose
  const { signal } = options
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new TypeError('"signal" must be an AbortSignal')
  return { preventAbort, preventCancel, preventClose, signal }
}

export function pipe(source: ReadableState, destination: WritableState, options: PipeOptions): Promise<void> {
  const { preventAbort = false, preventCancel = false, preventClose = false, signal } = options
  const reader = acquireReader(source, false)
  const writer = acquireWriter(destination)
  source.disturbed = true
  const done = new Deferred()
  let shuttingDown = false
  let lastWrite: Promise<unknown> = resolvedWith(undefined)

  const finish = (failure?: { readonly reason: unknown }) => {
    releaseWriter(writer)
    releaseReader(reader)
    signal?.removeEventListener('abort', onAbort)
    if (failure === undefined) done.resolve()
    else done.reject(failure.reason)
  }

  // What was read is written before anything ends.
  const afterWrites = (action: () => void) => {
    const isOpen = destination.status === 'writable' && !destination.isClosing
    if (isOpen) waitForWrites().then(action)
    else action()
  }
  const waitForWrites = async (): Promise<void> => {
    for (let waited: unknown; waited !== lastWrite; ) {
      waited = lastWrite
      await then<unknown, unknown>(lastWrite, undefined, () => {})
    }
  }

  const shutDown = (action?: () => Promise<unknown>, failure?: { readonly reason: unknown }) => {
    if (shuttingDown) return
    shuttingDown = true
    afterWrites(() => {
      if (action === undefined) finish(failure)
      else
        then<unknown, void>(
          action(),
          () => finish(failure),
          (reason) => finish({ reason }),
        )
    })
  }

  const onAbort = () => {
    const { reason } = signal as AbortSignal
    const actions: (() => Promise<unknown>)[] = []
    if (!preventAbort)
      actions.push(() =>
        destination.status === 'writable' ? abortWritable(destination, reason) : resolvedWith(undefined),
      )
    if (!preventCancel)
      actions.push(() =>
        source.status === 'readable' ? cancelStream(source, reason) : resolvedWith(undefined),
      )
    shutDown(() => Promise.all(actions.map((action) => action())), { reason })
  }
  if (signal !== undefined) {
    if (signal.aborted) {
      onAbort()
      return done.promise
    }
    signal.addEventListener('abort', onAbort)
  }

  const sourceFailed = () => {
    const { error: reason } = source
    if (preventAbort) shutDown(undefined, { reason })
    else shutDown(() => abortWritable(destination, reason), { reason })
  }
  const destinationFailed = () => {
    const { error: reason } = destination
    if (preventCancel) shutDown(undefined, { reason })
    else shutDown(() => cancelStream(source, reason), { reason })
  }
  const sourceClosed = () => {
    if (preventClose) shutDown()
    else shutDown(() => closeWritableOnce(destination))
  }

  // In this order, whichever came first.
  if (source.status === 'errored') sourceFailed()
  else then<unknown, unknown>(reader.closed.promise, undefined, sourceFailed)
  if (destination.status === 'errored') destinationFailed()
  else then<unknown, unknown>(writer.closed.promise, undefined, destinationFailed)
  if (source.status === 'closed') sourceClosed()
  else then<unknown, unknown>(reader.closed.promise, sourceClosed, () => {})
  if (destination.isClosing || destination.status === 'closed') {
    const reason = new TypeError('The destination of a pipe was closed already')
    if (preventCancel) shutDown(undefined, { reason })
    else shutDown(() => cancelStream(source, reason), { reason })
  }

  const step = (): void => {
    if (shuttingDown) return
    then<unknown, unknown>(writer.ready.promise, readOne, () => {})
  }
  const readOne = () => {
    if (shuttingDown) return
    readChunk(source, {
      // In a microtask, lest a synchronous read run into a listener of the destination.
      chunk: (chunk) =>
        queueMicrotask(() => {
          if (writer.stream === undefined) return
          lastWrite = writeChunk(writer, chunk)
          then<unknown, unknown>(lastWrite, undefined, () => {})
          step()
        }),
      close() {},
      error() {},
    })
  }
  step()
  return done.promise
}
