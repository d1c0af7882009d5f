import { expect } from 'chai'
import { readXz, writeXz } from '../../../../targets/formats/xz.js'
import { readDamaged } from '../../../helpers/damage.js'

describe('xz', () => {
  for (const size of [0, 1, 2, 3, 4, 65_535, 65_536, 65_537, 300_001])
    it(`reads ${size} bytes that it wrote`, () => {
      const data = Uint8Array.from({ length: size }, (_, at) => (at * at) >> 3)
      expect(Buffer.from(readXz(writeXz(data))).equals(data)).to.equal(true)
    })

  it('explains what it cannot read, and sees damage', () => {
    expect(() => readXz(Uint8Array.of(1, 2, 3))).to.throw('not an .xz file')
    const file = writeXz(new Uint8Array(1000).fill(7))
    const compressed = file.slice()
    compressed[24] = 0xe0
    expect(() => readXz(compressed)).to.throw('that is compressed')
    const counts = readDamaged(file, readXz, [[24, 24 + 1003]])
    expect(counts.read).to.be.below(80) // the changes that set a byte to what it was
  })
})
