import { expect } from 'chai'
import { readVlq } from '../../../compiler/vlq.js'

function numbers(text: string): number[] {
  const reader = { text, at: 0 }
  const found: number[] = []
  while (reader.at < text.length) found.push(readVlq(reader))
  return found
}

describe('readVlq', () => {
  it('reads sign, one digit and several', () => {
    expect(numbers('ACDgBhB')).to.deep.equal([0, 1, -1, 16, -16])
    expect(numbers('gggB')).to.deep.equal([2 ** 14])
  })

  it('reads the largest numbers that a map may hold', () => {
    expect(numbers('+/////D')).to.deep.equal([2 ** 31 - 1])
    expect(numbers('//////D')).to.deep.equal([-(2 ** 31 - 1)])
  })

  it('refuses what is no Base64, and a number that never ends', () => {
    expect(() => numbers('A!')).to.throw('offset 1')
    expect(() => numbers('ggé')).to.throw('offset 2')
    expect(() => numbers('gggggggggA')).to.throw('not a source map')
    expect(() => numbers('g')).to.throw('offset 1')
  })
})
