import { expect } from 'chai'
import { bytesOf, contentOf } from '../../../../targets/formats/content.js'
import { readXz, writeXz } from '../../../../targets/formats/xz.js'
import { readDamaged } from '../../../helpers/damage.js'

describe('xz', () => {
  for (const size of [0, 1, 2, 3, 4, 65_535, 65_536, 65_537, 300_001])
    it(`reads ${size} bytes that it wrote`, () => {
      const data = Uint8Array.from({ length: size }, (_, at) => (at * at) >> 3)
      expect(Buffer.from(readXz(bytesOf(writeXz(data)))).equals(data)).to.equal(true)
    })

  it('does not depend on the parts that it is given in', () => {
    const data = Uint8Array.from({ length: 200_000 }, (_, at) => (at * at) >> 3)
    const parts = [
      data.subarray(0, 70_000),
      new Uint8Array(),
      data.subarray(70_000, 70_001),
      data.subarray(70_001),
    ]
    const file = writeXz(contentOf(parts))
    expect(Buffer.from(bytesOf(file)).equals(bytesOf(writeXz(data)))).to.equal(true)
  })

  it('explains what it cannot read, and sees damage', () => {
    expect(() => readXz(Uint8Array.of(1, 2, 3))).to.throw('not an .xz file')
    const file = bytesOf(writeXz(new Uint8Array(1000).fill(7)))
    const compressed = file.slice()
    compressed[24] = 0xe0
    expect(() => readXz(compressed)).to.throw('that is compressed')
    const counts = readDamaged(file, readXz, [[24, 24 + 1003]])
    expect(counts.read).to.be.below(80) // the changes that set a byte to what it was
  })
})
