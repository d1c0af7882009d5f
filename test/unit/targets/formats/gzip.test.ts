import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { gunzip, gzip } from '../../../../targets/formats/gzip.js'

const data = new TextEncoder().encode('one two three '.repeat(5000))

describe('gzip', () => {
  it("is read by the host's zlib, and reads what that wrote", () => {
    expect(gunzipSync(gzip(data)).equals(data)).to.equal(true)
    expect(gunzip(gzipSync(data))).to.deep.equal(data)
    expect(gunzip(gzip(new Uint8Array()))).to.have.length(0)
  })

  it('has neither a time nor a name', () => {
    expect([...gzip(data).subarray(0, 10)]).to.deep.equal([31, 139, 8, 0, 0, 0, 0, 0, 2, 3])
  })

  it('gives the bytes that it always gave: another version of the library would change every artefact', () => {
    const digest = createHash('sha256').update(gzip(data)).digest('hex')
    expect(digest).to.equal('75c4c8596a9b196bfae9ef82bee942bc1a37608cd32d885ec7895eede57ba2f8')
  })
})
