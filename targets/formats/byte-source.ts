import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { UserError } from '../../base/user-error.js'

/** What a reader of a format reads from, piece by piece: a file, or bytes in memory. */
export interface ByteSource {
  readonly size: number
  /** Exactly these bytes; the caller stays within the size. */
  read(offset: number, length: number): Uint8Array
}

export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
}

/** A file, open until `close`. */
export function fileSource(path: string): ByteSource & { close(): void } {
  const handle = openSync(path, 'r')
  return {
    size: fstatSync(handle).size,
    read(offset, length) {
      const out = new Uint8Array(length)
      for (let done = 0; done < length; ) {
        const count = readSync(handle, out, done, length - done, offset + done)
        if (count === 0) throw new UserError('the file became shorter while it was read', { where: path })
        done += count
      }
      return out
    },
    close: () => closeSync(handle),
  }
}

/** A stretch of another source, as a partition is one of a disk. */
export function sourcePart(source: ByteSource, offset: number, size: number): ByteSource {
  return { size, read: (at, length) => readWithin(source, offset + at, length) }
}

/** As `read`, of a place that the image itself names: it may lie beyond the end. */
export function readWithin(source: ByteSource, offset: number, length: number): Uint8Array {
  if (offset + length > source.size)
    throw new UserError(`the image is damaged: it ends at ${source.size}, before byte ${offset + length}`)
  return source.read(offset, length)
}
