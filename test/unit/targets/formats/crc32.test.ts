import { expect } from 'chai'
import { crc32, crc32InScript } from '../../../../targets/formats/crc32.js'

describe('CRC-32', () => {
  const check = new TextEncoder().encode('123456789')

  for (const [name, sum] of Object.entries({ 'of Node.js': crc32, 'in JavaScript': crc32InScript })) {
    it(`${name} is the one of the standard`, () => {
      expect(sum(check)).to.equal(0xcbf43926)
      expect(sum(new Uint8Array())).to.equal(0)
    })

    it(`${name} goes on from what precedes`, () => {
      expect(sum(check.subarray(4), sum(check.subarray(0, 4)))).to.equal(0xcbf43926)
    })
  }
})
