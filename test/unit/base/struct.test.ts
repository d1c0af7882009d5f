import { expect } from 'chai'
import * as s from '../../../base/struct.js'

const point = s.struct({ x: s.u16, y: s.u16be })
const record = s.struct({
  magic: s.u32,
  reserved: s.padding(3),
  kind: s.u8,
  name: s.text(8, ' '),
  corners: s.array(2, point),
  address: s.u64,
  length: s.size64,
  big: s.size64be,
  delta: s.i32,
  raw: s.bytes(4),
})

const value = {
  magic: 0xfeedface,
  kind: 7,
  name: 'LABEL',
  corners: [
    { x: 1, y: 2 },
    { x: 0xffff, y: 0x1234 },
  ],
  address: 0xffff_ffff_8000_0000n,
  length: 2 ** 40 + 5,
  big: 2 ** 33,
  delta: -2,
  raw: Uint8Array.of(1, 2, 3, 4),
}

describe('struct', () => {
  it('reads back what it wrote', () => {
    expect(record.decode(record.encode(value))).to.deep.equal(value)
  })

  it('puts fields one after another, padding included', () => {
    expect(record.offsets).to.include({ magic: 0, kind: 7, name: 8, corners: 16, address: 24, length: 32 })
    s.assertSize(record, 56)
    expect(() => s.assertSize(record, 57)).to.throw('the fields add up to 56 bytes, not 57')
  })

  it('writes each field in its byte order', () => {
    const out = record.encode(value)
    expect([...out.subarray(0, 4)]).to.deep.equal([0xce, 0xfa, 0xed, 0xfe])
    expect([...out.subarray(4, 7)]).to.deep.equal([0, 0, 0])
    expect(Buffer.from(out.subarray(8, 16)).toString()).to.equal('LABEL   ')
    expect([...out.subarray(22, 24)]).to.deep.equal([0x12, 0x34])
  })

  it('works at an offset inside a larger buffer', () => {
    const around = new Uint8Array(100)
    around.set(point.encode({ x: 3, y: 4 }), 50)
    expect(point.decode(around, 50)).to.deep.equal({ x: 3, y: 4 })
    expect(point.decode(around.subarray(50))).to.deep.equal({ x: 3, y: 4 })
  })

  it('refuses what does not fit', () => {
    expect(() => point.decode(new Uint8Array(3))).to.throw(RangeError)
    expect(() => s.struct({ raw: s.bytes(2) }).encode({ raw: new Uint8Array(3) })).to.throw(RangeError)
    expect(() => s.struct({ raw: s.bytes(9) }).decode(new Uint8Array(8))).to.throw(RangeError)
    expect(() => s.struct({ pair: s.array(2, s.u8) }).encode({ pair: [1] })).to.throw(RangeError)
    expect(() => s.struct({ size: s.size64 }).decode(new Uint8Array(8).fill(0xff))).to.throw(RangeError)
    expect(() => s.struct({ size: s.size64 }).encode({ size: -1 })).to.throw(RangeError)
  })
})
