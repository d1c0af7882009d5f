// The Streams Standard: what apps see of it.
export { ReadableStream } from './readable.js'
export {
  ReadableByteStreamController,
  ReadableStreamBYOBRequest,
} from './readable-bytes.js'
export { ReadableStreamDefaultController } from './readable-default.js'
export { ReadableStreamBYOBReader, ReadableStreamDefaultReader } from './readers.js'
export { ByteLengthQueuingStrategy, CountQueuingStrategy } from './strategies.js'
export { TransformStream, TransformStreamDefaultController } from './transform.js'
export {
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} from './writable.js'
