import { expect } from 'chai'
import { packRelr, unpackRelr } from '../../../linker/relr.js'

describe('packRelr', () => {
  const words = (addresses: readonly number[]) => [...packRelr(Float64Array.from(addresses))]

  it('names a lone word by its address', () => {
    expect(words([0x1000])).to.deep.equal([0x1000, 0])
    expect(words([])).to.deep.equal([])
  })

  it('covers the 63 words that follow with one bitmap', () => {
    expect(words([0x1000, 0x1008])).to.deep.equal([0x1000, 0, 0b11, 0])
    expect(words([0x1000, 0x1000 + 63 * 8])).to.deep.equal([0x1000, 0, 1, 0x80000000])
    const all = Array.from({ length: 64 }, (_, i) => 0x1000 + 8 * i)
    expect(words(all)).to.deep.equal([0x1000, 0, 0xffffffff, 0xffffffff])
  })

  it('starts again where a bitmap would be empty, and where the step is odd', () => {
    expect(words([0x1000, 0x1000 + 64 * 8])).to.deep.equal([0x1000, 0, 0x1200, 0])
    expect(words([0x1000, 0x100a])).to.deep.equal([0x1000, 0, 0x100a, 0])
  })

  it('keeps addresses above 4 GiB', () => {
    expect(words([2 ** 40 + 16])).to.deep.equal([16, 256])
  })

  it('loses nothing, for any distances', () => {
    let state = 1
    const random = () => {
      state = (state * 48271) % 2147483647
      return state
    }
    for (let round = 0; round < 300; round++) {
      const reach = [8, 64, 2000, 100000][round % 4] ?? 8
      const addresses: number[] = []
      for (let at = 0x2000; addresses.length < 200; at += 8 + 2 * (random() % reach)) addresses.push(at)
      expect(unpackRelr(packRelr(Float64Array.from(addresses)))).to.deep.equal(addresses)
    }
  })
})
