import { inflateRawSync } from 'node:zlib'
import { expect } from 'chai'
import { bytesOf } from '../../../../targets/formats/content.js'
import { crc32 } from '../../../../targets/formats/crc32.js'
import { deflated, deflateParts } from '../../../../targets/formats/deflate.js'

/** Content by which an encoder goes wrong in different ways: copies near and far, none, of what is not there. */
const kinds: Readonly<Record<string, (at: number) => number>> = {
  squares: (at) => (at * at) >> 7,
  zeros: () => 0,
  'few letters': (at) => (((at * 1_103_515_245 + 12_345) & 0x7fffffff) >> 16) & 3,
  noise: (at) => Math.imul(at ^ (at >>> 9), 0x9e3779b1) >>> 13,
  'copies from afar': (at) => Math.imul((at % 32_900) + 1, 0x9e3779b1) >>> 24,
}

describe('deflate', () => {
  for (const [kind, byteAt] of Object.entries(kinds))
    it(`is undone by another's inflate, however the parts are cut: ${kind}`, () => {
      const data = Uint8Array.from({ length: 250_000 }, (_, at) => byteAt(at))
      for (const step of [999, 8192, 32_768, 65_536, 100_001, data.length]) {
        const compressed = Buffer.concat([...deflateParts(cut(data, step))])
        expect(inflateRawSync(compressed).equals(data), `parts of ${step}`).to.equal(true)
      }
    })

  it('of nothing is the end', () => {
    expect(inflateRawSync(Buffer.concat([...deflateParts([])]))).to.have.length(0)
    expect(inflateRawSync(Buffer.concat([...deflateParts([new Uint8Array()])]))).to.have.length(0)
  })

  it('is made once for the same content', () => {
    const data = new TextEncoder().encode('one two three '.repeat(500))
    const once = deflated(data)
    expect(deflated(data)).to.equal(once)
    expect(once.check).to.equal(crc32(data))
    expect(inflateRawSync(bytesOf(once.content)).equals(data)).to.equal(true)
  })
})

function* cut(data: Uint8Array, step: number): Generator<Uint8Array> {
  for (let at = 0; at < data.length; at += step) yield data.subarray(at, at + step)
}
