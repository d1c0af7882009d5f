// biome-ignore-all lint: odd code and values are what is tested
const names = async (promise) => {
  try {
    return await promise
  } catch (error) {
    return `${error.name ?? error}`
  }
}
const told = []
const tell = (...values) => told.push(values.join(' '))

// Pull as needed, cancel, iterate.
let pulls = 0
const counting = new ReadableStream({
  pull(controller) {
    controller.enqueue(++pulls)
    if (pulls === 5) controller.close()
  },
})
const seen = []
for await (const value of counting) seen.push(value)
console.log(seen, pulls, counting.locked)
const left = new ReadableStream({ cancel: (reason) => tell('canceled', reason) })
for await (const _ of ReadableStream.from([1, 2, 3])) break
console.log(await left.cancel('enough'), told)

// Locks and brands.
const locked = new ReadableStream()
const reader = locked.getReader()
console.log(locked.locked, await names(locked.cancel()), await names(locked.pipeTo(new WritableStream())))
const waiting = reader.read()
reader.releaseLock()
console.log(await names(waiting), await names(reader.closed), await names(reader.read()), locked.locked)
for (const attempt of [
  () => new ReadableStream(null),
  () => new ReadableStream({ type: 'other' }),
  () => new ReadableStream({ type: 'bytes' }, { size: () => 1 }),
  () => new ReadableStream({}, { highWaterMark: -1 }),
  () => new ReadableStreamDefaultController(),
  () => ReadableStream.prototype.getReader.call({}),
  () => new WritableStream({ type: 'x' }),
  () => new TransformStream({ readableType: 'x' }),
  () => new CountQueuingStrategy({}),
])
  try {
    attempt()
    console.log('made')
  } catch (error) {
    console.log(error.name)
  }

// Errors reach every reader.
const failing = new ReadableStream({
  pull() {
    throw new RangeError('no')
  },
})
const failed = failing.getReader()
console.log(await names(failed.read()), await names(failed.closed))

// Bytes: buffers of one's own, at least so many, and both halves of a tee.
const bytes = () => {
  let next = 0
  return new ReadableStream({
    type: 'bytes',
    pull(controller) {
      const request = controller.byobRequest
      if (next === 12) {
        controller.close()
        request?.respond(0)
      } else if (request) {
        request.view.set([next++, next++])
        request.respond(2)
      } else controller.enqueue(new Uint8Array([next++, next++, next++]))
    },
  })
}
const byob = bytes().getReader({ mode: 'byob' })
const buffer = new Uint8Array(8)
console.log((await byob.read(buffer)).value, buffer.byteLength)
console.log((await byob.read(new Uint16Array(3))).value)
console.log(await names(byob.read(new Uint8Array(0))))
const [first, second] = bytes().tee()
const collect = async (stream) => {
  const all = []
  for await (const chunk of stream) all.push(...chunk)
  return all.join()
}
console.log(await Promise.all([collect(first), collect(second)]))

// Writing: backpressure, order, abort.
let release
const slow = new WritableStream(
  {
    start: (controller) => controller.signal.addEventListener('abort', () => tell('aborted')),
    write: (chunk) => new Promise((resolve) => ((release = resolve), tell('write', chunk))),
    abort: (reason) => tell('abort', reason),
  },
  new CountQueuingStrategy({ highWaterMark: 2 }),
)
const writer = slow.getWriter()
console.log(writer.desiredSize)
const one = writer.write(1)
const two = writer.write(2)
console.log(writer.desiredSize)
await Promise.resolve()
release()
await one
const aborted = writer.abort('stop')
release()
console.log(await names(two), await names(aborted), await names(writer.closed), writer.desiredSize)
console.log(told.join(', '))
const closing = new WritableStream({ close: () => tell('closed') })
await closing.close()
console.log(await names(closing.close()), told.at(-1))

// Transforms: flush, terminate, errors on both sides, pipes.
const words = new TransformStream({
  start(controller) {
    this.rest = ''
  },
  transform(chunk, controller) {
    const parts = (this.rest + chunk).split(' ')
    this.rest = parts.pop()
    for (const part of parts) controller.enqueue(part)
  },
  flush(controller) {
    controller.enqueue(this.rest)
  },
})
const found = []
await ReadableStream.from(['a b', 'c d', ' e'])
  .pipeThrough(words)
  .pipeTo(new WritableStream({ write: (word) => void found.push(word) }))
console.log(found)
const broken = new TransformStream({
  transform() {
    throw new SyntaxError('bad')
  },
})
const into = broken.writable.getWriter()
const results = [into.write(1), broken.readable.getReader().read(), into.closed]
console.log(await Promise.all(results.map(names)))
const stop = new AbortController()
const endless = new ReadableStream({
  pull: (controller) => new Promise((resolve) => setTimeout(resolve, 1)).then(() => controller.enqueue(1)),
  cancel: (reason) => tell(reason.name),
})
const piped = endless.pipeTo(new WritableStream({ abort: (reason) => tell(reason.name) }), {
  signal: stop.signal,
})
setTimeout(() => stop.abort(), 5)
console.log(await names(piped), told.slice(-2).join())
const kept = new WritableStream()
await ReadableStream.from([]).pipeTo(kept, { preventClose: true })
console.log(
  await names(kept.close()),
  new ByteLengthQueuingStrategy({ highWaterMark: 3 }).size({ byteLength: 7 }),
)
console.log(
  Object.prototype.toString.call(endless),
  Object.keys(ReadableStreamDefaultReader.prototype).sort().join(),
)
