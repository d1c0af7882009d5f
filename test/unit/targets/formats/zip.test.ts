import { expect } from 'chai'
import { bytesOf } from '../../../../targets/formats/content.js'
import type { RootfsEntry } from '../../../../targets/formats/entry.js'
import { readZip, writeZip } from '../../../../targets/formats/zip.js'

const files: readonly RootfsEntry[] = [
  { path: 'bootstrap', type: 'file', mode: 0o755, data: new Uint8Array(400_000).fill(7) },
  { path: 'empty', type: 'file', mode: 0o644 },
  { path: 'é/text', type: 'file', mode: 0o644, data: Uint8Array.of(65, 10) },
]

describe('zip', () => {
  it('reads what it writes, folders left out', () => {
    const read = readZip(bytesOf(writeZip([{ path: 'é', type: 'dir', mode: 0o755 }, ...files], 1)))
    const expected = files.map(({ path, data = new Uint8Array() }) => [path, data])
    expect(Object.entries(read)).to.deep.equal(expected)
  })

  it('says mode and time: two seconds is the finest there is, 1980 the first year', () => {
    const archive = Buffer.from(bytesOf(writeZip(files.slice(0, 1), 1_700_000_001)))
    const directory = archive.indexOf(Buffer.from([0x50, 0x4b, 1, 2]))
    expect(archive.readUInt32LE(directory + 38) >>> 16).to.equal(0o100755)
    expect(archive.readUInt16LE(directory + 12)).to.equal((22 << 11) | (13 << 5) | 10)
    expect(archive.readUInt16LE(directory + 14)).to.equal((43 << 9) | (11 << 5) | 14)
    expect(Buffer.from(bytesOf(writeZip(files.slice(0, 1), 0))).readUInt16LE(12)).to.equal((1 << 5) | 1)
  })

  it('explains what is none', () => {
    expect(() => readZip(new Uint8Array(100))).to.throw('not a zip archive')
  })
})
