import { createHash, type Hash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'

/** Stretches of a file, by offset, without overlap. */
export type FileParts = readonly (readonly [offset: number, length: number])[]

/** Hexadecimal SHA-256 of a file, however large, or of these parts of it, one after another. */
export function sha256File(path: string, parts: FileParts = [[0, Number.POSITIVE_INFINITY]]): string {
  return digest(path, (hash, handle) => {
    for (const [offset, length] of parts) update(hash, handle, offset, length)
  })
}

/** Of a file of this size that is zero outside these parts, whose holes need not be read. */
export function sha256SparseFile(path: string, size: number, parts: FileParts): string {
  return digest(path, (hash, handle) => {
    let end = 0
    for (const [offset, length] of parts) {
      updateZeros(hash, offset - end)
      update(hash, handle, offset, length)
      end = offset + length
    }
    updateZeros(hash, size - end)
  })
}

const buffer = Buffer.allocUnsafe(1 << 20)
const zeros = Buffer.alloc(1 << 20)

function digest(path: string, feed: (hash: Hash, handle: number) => void): string {
  const hash = createHash('sha256')
  const handle = openSync(path, 'r')
  try {
    feed(hash, handle)
  } finally {
    closeSync(handle)
  }
  return hash.digest('hex')
}

function update(hash: Hash, handle: number, offset: number, length: number): void {
  for (let done = 0; done < length; ) {
    const count = readSync(handle, buffer, 0, Math.min(buffer.length, length - done), offset + done)
    if (count === 0) return // the end of the file
    hash.update(buffer.subarray(0, count))
    done += count
  }
}

function updateZeros(hash: Hash, length: number): void {
  for (let done = 0; done < length; done += zeros.length) hash.update(zeros.subarray(0, length - done))
}
