import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'

/** Hexadecimal SHA-256 of a file, however large. */
export function sha256File(path: string): string {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(1 << 20)
  const handle = openSync(path, 'r')
  try {
    for (;;) {
      const count = readSync(handle, buffer)
      if (count === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, count))
    }
  } finally {
    closeSync(handle)
  }
}
