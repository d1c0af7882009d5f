import { expect } from 'chai'
import { ByteWriter } from '../../../base/byte-writer.js'
import { u16, u32 } from '../../../base/struct.js'

describe('ByteWriter', () => {
  it('appends, aligns and patches', () => {
    const out = new ByteWriter(2)
    const hole = out.append(u32, 0)
    expect(out.cString('hi')).to.equal(4)
    expect(out.align(4)).to.equal(8)
    expect(out.bytes(Uint8Array.of(9, 8))).to.equal(8)
    expect(out.zeros(2)).to.equal(10)
    out.patch(hole, u16, 0x0201)
    expect([...out.finish()]).to.deep.equal([1, 2, 0, 0, 0x68, 0x69, 0, 0, 9, 8, 0, 0])
  })

  it('keeps all bytes while it grows', () => {
    const out = new ByteWriter(1)
    for (let i = 0; i < 5000; i++) out.append(u16, i)
    const view = new DataView(out.finish().slice().buffer)
    for (let i = 0; i < 5000; i++) expect(view.getUint16(2 * i, true)).to.equal(i)
  })

  it('refuses to patch what is not written yet', () => {
    const out = new ByteWriter()
    out.append(u16, 1)
    expect(() => out.patch(0, u32, 1)).to.throw(RangeError)
  })
})
