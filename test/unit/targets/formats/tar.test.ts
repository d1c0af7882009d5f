import { expect } from 'chai'
import type { RootfsEntry } from '../../../../targets/formats/entry.js'
import { readTar, writeTar } from '../../../../targets/formats/tar.js'

const long = `${'folder/'.repeat(20)}name`
const tree: readonly RootfsEntry[] = [
  { path: 'bin', type: 'dir', mode: 0o755 },
  { path: 'bin/sh', type: 'symlink', mode: 0o777, target: '../init' },
  { path: 'bin/long', type: 'symlink', mode: 0o777, target: `/${long}` },
  { path: 'empty', type: 'file', mode: 0o600, data: new Uint8Array() },
  { path: 'etc/é', type: 'file', mode: 0o644, data: Uint8Array.of(1, 2, 3) },
  { path: 'init', type: 'file', mode: 0o4755, data: new Uint8Array(1000).fill(7) },
  { path: long, type: 'file', mode: 0o644, data: new Uint8Array(512).fill(8) },
]
const byPath = (entries: readonly RootfsEntry[]) => new Map(entries.map((entry) => [entry.path, entry]))

describe('tar', () => {
  it('reads what it writes, long and foreign names included', () => {
    const read = byPath(readTar(writeTar(tree)))
    for (const entry of tree) expect(read.get(entry.path), entry.path).to.deep.equal(entry)
    expect(read.get('etc')).to.deep.equal({ path: 'etc', type: 'dir', mode: 0o755 })
  })

  it('does not depend on the order given', () => {
    expect(writeTar([...tree].reverse())).to.deep.equal(writeTar(tree))
  })

  it('writes whole blocks, and the time asked for', () => {
    const archive = writeTar(tree, { mtime: 1_700_000_000 })
    expect(archive.length % 512).to.equal(0)
    expect(Buffer.from(archive).toString('latin1', 136, 148)).to.equal('14524770400\0')
    expect(Buffer.from(writeTar(tree)).toString('latin1', 136, 148)).to.equal('00000000000\0')
  })

  it('writes pax records whose length counts itself', () => {
    for (let length = 90; length < 130; length++) {
      const path = 'é'.padEnd(length, 'x')
      expect(readTar(writeTar([{ path, type: 'file', mode: 0o644 }]))[0]?.path).to.equal(path)
    }
  })

  it('explains an archive that is damaged', () => {
    const archive = writeTar(tree)
    expect(() => readTar(archive.subarray(0, -1024))).to.throw('it ends without an end mark')
    expect(() => readTar(archive.subarray(0, 3000))).to.throw('not a tar archive')
    const wrong = archive.slice()
    wrong[0] = 0x7a
    expect(() => readTar(wrong)).to.throw('bad checksum')
  })
})
