import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { sha256File, sha256SparseFile } from '../../../base/sha256-file.js'
import { sha256InBackground } from '../../../base/sha256-in-background.js'
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

  it('is that of a file with holes, which are not read, also when a thread of its own makes it', async () => {
    const path = join(scratch(), 'sparse')
    const size = 5_000_003
    const whole = new Uint8Array(size)
    whole.set(data.subarray(0, 100_000), 1_500_000)
    whole.set(data.subarray(0, 10), 4_000_000)
    writeFileSync(path, whole)
    const parts = [
      [1_500_000, 100_000],
      [4_000_000, 10],
    ] as const
    expect(sha256SparseFile(path, size, parts)).to.equal(digest(whole))
    const jobs = [sha256InBackground({ path, size, parts }), sha256InBackground({ path, size, parts })]
    expect(await Promise.all(jobs)).to.deep.equal([digest(whole), digest(whole)])
  })

  it('tells what kept a thread from making it, and makes the next', async () => {
    const path = join(scratch(), 'later')
    const absent = sha256InBackground({ path: join(scratch(), 'absent'), size: 10, parts: [[0, 10]] })
    const present = sha256InBackground({ path, size: 4, parts: [[0, 4]] })
    writeFileSync(path, 'text')
    const failure = await absent.catch((error: unknown) => error)
    expect(failure).to.be.an('error').with.property('message').that.includes('ENOENT')
    expect(await present).to.equal(digest(Buffer.from('text')))
  })
})
