// How streams come to be: from the source of an app, or from one of our own.
import { attempt, resolvedWith } from './promises.js'
import { ByteControllerState } from './readable-bytes.js'
import { DefaultControllerState } from './readable-default.js'
import type { Source } from './readable-pull.js'
import { ReadableState } from './readable-state.js'
import { markOf, type ReadStrategy, type SizeOf, sizeOf } from './strategies.js'

/** What an app gives to ReadableStream. */
export interface UnderlyingSource {
  readonly start?: (controller: object) => unknown
  readonly pull?: (controller: object) => unknown
  readonly cancel?: (reason: unknown) => unknown
  readonly type?: string
  readonly autoAllocateChunkSize?: number
}

export function streamFromApp(given: UnderlyingSource, strategy: ReadStrategy): ReadableState {
  const dictionary = readSource(given)
  const stream = new ReadableState()
  let controller: DefaultControllerState | ByteControllerState
  const source: Source = sourceOf(given, dictionary, () => controller.facade)
  if (dictionary.type === 'bytes') {
    if (strategy.size !== undefined)
      throw new RangeError('The strategy of a stream of bytes cannot have a size')
    const mark = markOf(strategy, 0)
    const autoAllocate = dictionary.autoAllocateChunkSize
    if (autoAllocate === 0) throw new TypeError('autoAllocateChunkSize must not be 0')
    controller = new ByteControllerState(stream, { ...source, autoAllocate }, mark)
  } else controller = new DefaultControllerState(stream, source, markOf(strategy, 1), sizeOf(strategy))
  stream.controller = controller
  controller.begin()
  return stream
}

/** `started`: what its start gave, or a promise of that. */
export function makeStream(
  source: Omit<Source, 'start'>,
  highWaterMark = 1,
  started: unknown = undefined,
  size: SizeOf = () => 1,
): ReadableState {
  const stream = new ReadableState()
  const controller = new DefaultControllerState(
    stream,
    { ...source, start: () => started },
    highWaterMark,
    size,
  )
  stream.controller = controller
  controller.begin()
  return stream
}

export function makeByteStream(source: Omit<Source, 'start'>): ReadableState {
  const stream = new ReadableState()
  const controller = new ByteControllerState(stream, { ...source, start() {}, autoAllocate: undefined }, 0)
  stream.controller = controller
  controller.begin()
  return stream
}

// Members in the order of Web IDL: by name.
function readSource(given: UnderlyingSource): UnderlyingSource {
  if ((typeof given !== 'object' || given === null) && typeof given !== 'function')
    throw new TypeError('The "underlyingSource" argument must be an object')
  const { autoAllocateChunkSize, cancel, pull, start, type } = given
  for (const [name, member] of Object.entries({ cancel, pull, start }))
    if (member !== undefined && typeof member !== 'function')
      throw new TypeError(`"${name}" must be a function`)
  if (type !== undefined && `${type}` !== 'bytes')
    throw new TypeError('The type of a source can only be "bytes"')
  const size = autoAllocateChunkSize === undefined ? undefined : Math.trunc(Number(autoAllocateChunkSize))
  if (size !== undefined && !(size >= 0 && size <= Number.MAX_SAFE_INTEGER))
    throw new TypeError('autoAllocateChunkSize must be a number of bytes')
  return {
    ...(cancel && { cancel }),
    ...(pull && { pull }),
    ...(start && { start }),
    ...(type !== undefined && { type: 'bytes' }),
    ...(size !== undefined && { autoAllocateChunkSize: size }),
  }
}

function sourceOf(
  given: UnderlyingSource,
  { start, pull, cancel }: UnderlyingSource,
  controller: () => object,
): Source {
  const call = (method: (argument: never) => unknown, argument: unknown) =>
    Reflect.apply(method, given, [argument])
  return {
    start: () => start && call(start, controller()),
    pull: () => (pull ? attempt(() => call(pull, controller())) : resolvedWith(undefined)),
    cancel: (reason) => (cancel ? attempt(() => call(cancel, reason)) : resolvedWith(undefined)),
  }
}
