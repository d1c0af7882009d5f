import { createHash, type Hash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'

/** Hexadecimal SHA-256 of a file, however large, or of these parts of it, one after another. */
export function sha256File(
  path: string,
  parts: readonly (readonly [offset: number, length: number])[] = [[0, Number.POSITIVE_INFINITY]],
): string {
  const hash = createHash('sha256')
  const handle = openSync(path, 'r')
  try {
    for (const [offset, length] of parts) update(hash, handle, offset, length)
  } finally {
    closeSync(handle)
  }
  return hash.digest('hex')
}

const buffer = Buffer.allocUnsafe(1 << 20)

function update(hash: Hash, handle: number, offset: number, length: number): void {
  for (let done = 0; done < length; ) {
    const count = readSync(handle, buffer, 0, Math.min(buffer.length, length - done), offset + done)
    if (count === 0) return // the end of the file
    hash.update(buffer.subarray(0, count))
    done += count
  }
}
