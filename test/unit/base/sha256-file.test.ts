import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { sha256File } from '../../../base/sha256-file.js'
import { scratchFolder } from '../../helpers/scratch.js'

describe('SHA-256 of a file', () => {
  const scratch = scratchFolder()
  const data = Buffer.from(Uint8Array.from({ length: 2_500_001 }, (_, at) => (at * 7) & 0xff))
  const digest = (...parts: readonly Uint8Array[]) =>
    createHash('sha256').update(Buffer.concat(parts)).digest('hex')

  it('is that of all its bytes, or of parts of it', () => {
    const file = join(scratch(), 'file')
    writeFileSync(file, data)
    expect(sha256File(file)).to.equal(digest(data))
    const parts = [
      [2_000_000, 10],
      [5, 1_500_000],
    ] as const
    expect(sha256File(file, parts)).to.equal(
      digest(data.subarray(2_000_000, 2_000_010), data.subarray(5, 1_500_005)),
    )
    expect(sha256File(file, [[2_500_000, 100]]), 'a part beyond the end').to.equal(
      digest(data.subarray(2_500_000)),
    )
  })
})
