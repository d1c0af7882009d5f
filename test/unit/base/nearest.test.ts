import { expect } from 'chai'
import { nearest } from '../../../base/nearest.js'

describe('nearest', () => {
  it('finds the known name behind a typing mistake', () => {
    expect(nearest('qmeu', ['linux', 'qemu', 'oci'])).to.equal('qemu')
    expect(nearest('linus', ['linux', 'qemu', 'oci'])).to.equal('linux')
  })

  it('does not guess when nothing is near', () => {
    expect(nearest('kubernetes', ['linux', 'qemu', 'oci'])).to.equal(undefined)
  })
})
