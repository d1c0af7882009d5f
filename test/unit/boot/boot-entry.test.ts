import { expect } from 'chai'
import { addBootEntry } from '../../../boot/qemu/boot-entry.js'

describe('UEFI boot entry', () => {
  /** A store of variables as OVMF brings it: a volume's header, the store's own, then erased flash. */
  const empty = () => {
    const store = Buffer.alloc(4096, 0xff)
    store.fill(0, 0, 0x48)
    store.write('782cf3aa7b949a43a1802e144ec37792', 0x48, 'hex')
    return store
  }
  const address = 'http://10.0.2.2:80/app.efi'

  it('has the address as a path, and is taken next', () => {
    const store = Buffer.from(addBootEntry(empty(), address))
    expect(store.readUInt16LE(0x64)).to.equal(0x55aa)
    expect(store.indexOf(Buffer.from('Boot0001\0', 'utf16le'))).to.equal(0x64 + 60)
    const node = store.indexOf(address) - 4
    expect([...store.subarray(node, node + 2)]).to.deep.equal([3, 24])
    expect(store.readUInt16LE(node + 2)).to.equal(4 + address.length)
    expect(
      store
        .subarray(node + 4 + address.length)
        .subarray(0, 4)
        .toString('hex'),
    ).to.equal('7fff0400')
    expect(store.indexOf(Buffer.from('BootNext\0', 'utf16le')) % 4).to.equal(0)
  })

  it('stands behind what is there already', () => {
    const first = addBootEntry(empty(), address)
    const second = addBootEntry(first, address)
    const end = first.findLastIndex((byte) => byte !== 0xff) + 1
    expect(Buffer.from(second.subarray(0, end)).equals(Buffer.from(first.subarray(0, end)))).to.equal(true)
    expect(Buffer.from(second).indexOf(address, end)).to.be.greaterThan(end)
  })

  it('is refused where variables look otherwise', () => {
    expect(() => addBootEntry(Buffer.alloc(4096), address)).to.throw('in a form that is not known')
  })
})
