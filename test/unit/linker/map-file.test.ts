import { expect } from 'chai'
import type { Image } from '../../../linker/image.js'
import { mapFile, systemMap } from '../../../linker/map-file.js'

const image: Image = {
  bytes: new Uint8Array(123),
  entry: 0x1000n,
  buildId: 'ab'.repeat(20),
  symbols: [
    { name: 'start', address: 0x1000n, size: 16, type: 'function', input: 'start.o' },
    { name: 'table', address: 0x2004n, size: 8, type: 'object', input: 'lib.a(table.o)' },
    { name: '_end', address: 0x2010n, size: 0, type: 'other', input: '<linker>' },
  ],
  sections: [
    { name: '.text', address: 0x1000n, offset: 0x100, size: 32 },
    { name: '.data', address: 0x2000n, offset: 0x200, size: 16 },
  ],
  inputs: ['start.o', 'lib.a(table.o)'],
}

describe('map file', () => {
  it('lists symbols under their sections, with their inputs', () => {
    expect(mapFile(image)).to.equal(`entry 0000000000001000   build id ${'ab'.repeat(20)}   123 bytes

0000000000001000       32 .text
0000000000001000       16   start  start.o

0000000000002000       16 .data
0000000000002004        8   table  lib.a(table.o)
`)
  })

  it('lists addresses as Linux’ System.map does', () => {
    expect(systemMap(image)).to.equal(
      '0000000000001000 t start\n0000000000002004 d table\n0000000000002010 A _end\n',
    )
  })
})
