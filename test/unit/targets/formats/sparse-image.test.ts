import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  imageSource,
  movedTo,
  type Piece,
  sparseImage,
  writeSparseImage,
} from '../../../../targets/formats/sparse-image.js'
import { storedParts } from '../../../../targets/formats/stored-parts.js'
import { scratchFolder } from '../../../helpers/scratch.js'

const filled = (size: number, value: number) => new Uint8Array(size).fill(value)

describe('sparse image', () => {
  const scratch = scratchFolder()

  it('becomes a file with the same bytes, zero where there is no piece', () => {
    const mixed = new Uint8Array(50_000)
    mixed.set(filled(10, 3), 4_000)
    mixed.set(filled(5_000, 4), 20_000)
    mixed[49_999] = 5
    const pieces: Piece[] = [
      { offset: 90_001, data: mixed },
      { offset: 0, data: filled(512, 1) },
      { offset: 8_191, data: filled(2, 2) },
      { offset: 200_000, data: new Uint8Array(8192) },
    ]
    const image = sparseImage(300_001, pieces)
    const expected = new Uint8Array(300_001)
    for (const { offset, data } of pieces) expected.set(data, offset)
    const file = join(scratch(), 'image')
    writeSparseImage(file, image)
    expect(readFileSync(file).equals(expected)).to.equal(true)
    expect(Buffer.from(imageSource(image).read(0, image.size)).equals(expected)).to.equal(true)
    expect(
      Buffer.from(imageSource(image).read(93_000, 9_000)).equals(expected.subarray(93_000, 102_000)),
    ).to.equal(true)
  })

  it('takes room for what is not zero only', () => {
    const file = join(scratch(), 'large')
    writeSparseImage(file, sparseImage(2 ** 30, [{ offset: 5 * 2 ** 20, data: filled(100_000, 7) }]))
    expect(statSync(file).size).to.equal(2 ** 30)
    expect(statSync(file).blocks * 512).to.be.below(200_000)
  })

  it('tells what is stored, what touches as one part', () => {
    const image = sparseImage(3_000_000, [
      { offset: 100, data: filled(10, 1) },
      { offset: 2_500_000, data: filled(20, 2) },
      { offset: 2_500_020, data: filled(30, 3) },
    ])
    const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
    expect(storedParts(image)).to.deep.equal({
      parts: [
        [100, 10],
        [2_500_000, 50],
      ],
      sha256: digest(Buffer.concat([filled(10, 1), filled(20, 2), filled(30, 3)])),
    })
  })

  it('moves into a larger one', () => {
    expect(movedTo(10, sparseImage(4, [{ offset: 1, data: filled(2, 9) }]))).to.deep.equal([
      { offset: 11, data: filled(2, 9) },
    ])
  })

  it('refuses two pieces in one place, and one beyond the end', () => {
    const at = (offset: number) => ({ offset, data: filled(10, 1) })
    expect(() => sparseImage(100, [at(20), at(11)])).to.throw('overlap at 20')
    expect(() => sparseImage(100, [at(91)])).to.throw('ends at 101')
  })
})
