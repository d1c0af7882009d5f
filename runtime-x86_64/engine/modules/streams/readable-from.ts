// ReadableStream.from (Streams, 4.9.1: ReadableStreamFromIterable).
import { attempt, rejectedWith, resolvedWith, then } from './promises.js'
import type { DefaultControllerState } from './readable-default.js'
import { makeStream } from './readable-make.js'
import type { ReadableState } from './readable-state.js'

interface AnyIterator {
  next(): unknown
  return?: (reason: unknown) => unknown
}

export function fromIterable(iterable: unknown): ReadableState {
  const { iterator, isAsync } = iteratorOf(iterable)
  const { next } = iterator
  const step = (result: unknown): unknown => {
    if (!isObject(result)) throw new TypeError('The result of next() must be an object')
    const { done } = result as { done: boolean }
    const controller = stream.controller as DefaultControllerState
    if (done) return controller.close()
    return isAsync
      ? controller.enqueue((result as { value: unknown }).value)
      : then(resolvedWith((result as { value: unknown }).value), (value) => controller.enqueue(value))
  }
  const stream = makeStream(
    {
      pull: () =>
        then(
          attempt(() => Reflect.apply(next, iterator, [])),
          step,
        ),
      cancel(reason) {
        let method: AnyIterator['return']
        try {
          method = iterator.return
          if (method === undefined || method === null) return resolvedWith(undefined)
          if (typeof method !== 'function') throw new TypeError('return() must be a function')
        } catch (error) {
          return rejectedWith(error)
        }
        const call = method
        return then(
          attempt(() => Reflect.apply(call, iterator, [reason])),
          (result) => {
            if (!isObject(result)) throw new TypeError('The result of return() must be an object')
          },
        )
      },
    },
    0,
  )
  return stream
}

function iteratorOf(iterable: unknown): { iterator: AnyIterator; isAsync: boolean } {
  if (iterable === undefined || iterable === null) throw new TypeError('The argument must be iterable')
  const object = iterable as Record<symbol, unknown>
  const asyncMethod = object[Symbol.asyncIterator]
  const isAsync = asyncMethod !== undefined && asyncMethod !== null
  const method = isAsync ? asyncMethod : object[Symbol.iterator]
  if (typeof method !== 'function') throw new TypeError('The argument must be iterable')
  const iterator = Reflect.apply(method as () => unknown, iterable, [])
  if (!isObject(iterator)) throw new TypeError('An iterator must be an object')
  return { iterator: iterator as unknown as AnyIterator, isAsync }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
