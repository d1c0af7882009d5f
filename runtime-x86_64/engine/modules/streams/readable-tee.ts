// One stream as two (Streams, 4.9.1).
import { Deferred, resolvedWith, then } from './promises.js'
import { ByteControllerState } from './readable-bytes.js'
import type { DefaultControllerState } from './readable-default.js'
import { makeByteStream, makeStream } from './readable-make.js'
import {
  acquireReader,
  cancelStream,
  type ReadableState,
  readChunk,
  releaseReader,
} from './readable-state.js'

export function teeStream(stream: ReadableState): [ReadableState, ReadableState] {
  return stream.controller instanceof ByteControllerState ? teeBytes(stream) : teeChunks(stream)
}

/** The source is cancelled when both halves are. */
function createCancellation(stream: ReadableState) {
  const reasons: unknown[] = [undefined, undefined]
  const canceled = [false, false]
  const done = new Deferred<unknown>()
  return {
    canceled,
    done,
    cancel(branch: 0 | 1, reason: unknown): Promise<unknown> {
      canceled[branch] = true
      reasons[branch] = reason
      if (canceled[0] && canceled[1]) done.resolve(cancelStream(stream, reasons))
      return done.promise
    },
  }
}

function teeChunks(stream: ReadableState): [ReadableState, ReadableState] {
  const reader = acquireReader(stream, false)
  const { canceled, cancel, done } = createCancellation(stream)
  let reading = false
  let readAgain = false

  const pull = (): Promise<unknown> => {
    if (reading) {
      readAgain = true
      return resolvedWith(undefined)
    }
    reading = true
    readChunk(stream, {
      chunk: (chunk) =>
        queueMicrotask(() => {
          readAgain = false
          each((branch) => branch.enqueue(chunk))
          reading = false
          if (readAgain) pull()
        }),
      close() {
        reading = false
        each((branch) => branch.close())
        if (!canceled[0] || !canceled[1]) done.resolve(undefined)
      },
      error() {
        reading = false
      },
    })
    return resolvedWith(undefined)
  }
  const branches = [0, 1].map((branch) =>
    makeStream({ pull, cancel: (reason) => cancel(branch as 0 | 1, reason) }),
  ) as [ReadableState, ReadableState]
  const each = (action: (branch: DefaultControllerState) => void) => {
    for (const [index, branch] of branches.entries())
      if (!canceled[index]) action(branch.controller as DefaultControllerState)
  }
  then<unknown, unknown>(reader.closed.promise, undefined, (reason) => {
    for (const branch of branches) (branch.controller as DefaultControllerState).error(reason)
    if (!canceled[0] || !canceled[1]) done.resolve(undefined)
  })
  return branches
}

// Each half may ask with a buffer of its own, which then gets the bytes first; the other half gets a copy.
function teeBytes(stream: ReadableState): [ReadableState, ReadableState] {
  let reader = acquireReader(stream, false)
  const { canceled, cancel, done } = createCancellation(stream)
  let reading = false
  const readAgain = [false, false]
  const controllerOf = (branch: number) =>
    (branches[branch] as ReadableState).controller as ByteControllerState
  const finish = () => {
    if (!canceled[0] || !canceled[1]) done.resolve(undefined)
  }
  const fail = (reason: unknown) => {
    controllerOf(0).error(reason)
    controllerOf(1).error(reason)
    done.resolve(cancelStream(stream, reason))
  }
  const watch = () => {
    const watched = reader
    then<unknown, unknown>(watched.closed.promise, undefined, (reason) => {
      if (watched !== reader) return
      controllerOf(0).error(reason)
      controllerOf(1).error(reason)
      finish()
    })
  }
  const useReader = (byob: boolean) => {
    if (reader.byob === byob) return
    releaseReader(reader)
    reader = acquireReader(stream, byob)
    watch()
  }
  const proceed = () => {
    reading = false
    if (readAgain[0]) pull(0)
    else if (readAgain[1]) pull(1)
  }

  const pullChunk = () => {
    useReader(false)
    readChunk(stream, {
      chunk: (chunk) =>
        queueMicrotask(() => {
          readAgain.fill(false)
          let second = chunk as Uint8Array
          if (!canceled[0] && !canceled[1])
            try {
              second = copyOf(second)
            } catch (error) {
              fail(error)
              return
            }
          if (!canceled[0]) controllerOf(0).enqueue(chunk as Uint8Array)
          if (!canceled[1]) controllerOf(1).enqueue(second)
          proceed()
        }),
      close() {
        reading = false
        for (const branch of [0, 1]) if (!canceled[branch]) controllerOf(branch).close()
        for (const branch of [0, 1]) if (controllerOf(branch).hasPending) controllerOf(branch).respond(0)
        finish()
      },
      error() {
        reading = false
      },
    })
  }

  const pullView = (view: ArrayBufferView, branch: number) => {
    useReader(true)
    const own = () => controllerOf(branch)
    const other = () => controllerOf(1 - branch)
    const request = {
      chunk: (chunk: ArrayBufferView) =>
        queueMicrotask(() => {
          readAgain.fill(false)
          if (!canceled[1 - branch]) {
            let copy: Uint8Array
            try {
              copy = copyOf(chunk)
            } catch (error) {
              fail(error)
              return
            }
            if (!canceled[branch]) own().respondWithNewView(chunk)
            other().enqueue(copy)
          } else if (!canceled[branch]) own().respondWithNewView(chunk)
          proceed()
        }),
      close(chunk: ArrayBufferView | undefined) {
        reading = false
        if (!canceled[branch]) own().close()
        if (!canceled[1 - branch]) other().close()
        if (chunk !== undefined) {
          if (!canceled[branch]) own().respondWithNewView(chunk)
          if (!canceled[1 - branch] && other().hasPending) other().respond(0)
        }
        finish()
      },
      error() {
        reading = false
      },
    }
    stream.disturbed = true
    if (stream.status === 'errored') request.error()
    else (stream.controller as ByteControllerState).pullInto(view, 1, request)
  }

  const pull = (branch: number): Promise<unknown> => {
    if (reading) {
      readAgain[branch] = true
      return resolvedWith(undefined)
    }
    reading = true
    const request = controllerOf(branch).request()
    if (request === null) pullChunk()
    else pullView(request.view as Uint8Array, branch)
    return resolvedWith(undefined)
  }

  const branches = [0, 1].map((branch) =>
    makeByteStream({ pull: () => pull(branch), cancel: (reason) => cancel(branch as 0 | 1, reason) }),
  ) as [ReadableState, ReadableState]
  watch()
  return branches
}

function copyOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array((buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength))
}
