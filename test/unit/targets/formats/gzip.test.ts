import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { bytesOf } from '../../../../targets/formats/content.js'
import { gunzip, gzip, gzipPieces, gzipStream } from '../../../../targets/formats/gzip.js'

const data = new TextEncoder().encode('one two three '.repeat(5000))

describe('gzip', () => {
  it("is read by the host's zlib, and reads what that wrote", () => {
    expect(gunzipSync(gzip(data)).equals(data)).to.equal(true)
    expect(gunzip(gzipSync(data))).to.deep.equal(data)
    expect(gunzip(gzip(new Uint8Array()))).to.have.length(0)
  })

  it('has neither a time nor a name', () => {
    expect([...gzip(data).subarray(0, 10)]).to.deep.equal([31, 139, 8, 0, 0, 0, 0, 0, 0, 3])
  })

  it('gives a large piece a member of its own, the same in every archive that holds it', () => {
    const large = Uint8Array.from({ length: 1 << 20 }, (_, at) => (at * at) >> 7)
    for (const head of [data, Uint8Array.of(1)]) {
      const stream = Buffer.from(bytesOf(gzipPieces([head, large, data, data])))
      expect(gunzipSync(stream).equals(Buffer.concat([head, large, data, data]))).to.equal(true)
      const member = Buffer.concat([...gzipStream([large])])
      expect(stream.subarray(gzip(head).length).indexOf(member)).to.equal(0)
    }
    expect(gunzip(bytesOf(gzipPieces([data, data])))).to.deep.equal(
      new Uint8Array(Buffer.concat([data, data])),
    )
  })

  it('explains what is no gzip data', () => {
    expect(() => gunzip(data)).to.throw('not gzip data')
    expect(() => gunzip(gzip(data).subarray(0, 40))).to.throw('not gzip data')
  })

  it('gives the bytes that it always gave: another version of the library would change every artefact', () => {
    const digest = createHash('sha256').update(gzip(data)).digest('hex')
    expect(digest).to.equal('aa044c2330634220223d356917498bd14f3d1b1f9738a4d0e4f1d0a2b0691ce1')
  })
})
