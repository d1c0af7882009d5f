import { expect } from 'chai'
import { readCpio, writeCpio } from '../../../../targets/formats/cpio.js'
import type { RootfsEntry } from '../../../../targets/formats/entry.js'

const file = (path: string, size: number, mode = 0o644): RootfsEntry => ({
  path,
  type: 'file',
  mode,
  data: Uint8Array.from({ length: size }, (_, i) => (i % 255) + 1),
})

const tree: readonly RootfsEntry[] = [
  { path: 'bin', type: 'dir', mode: 0o755 },
  { path: 'bin/sh', type: 'symlink', mode: 0o777, target: '../init' },
  { path: 'empty', type: 'file', mode: 0o600, data: new Uint8Array() },
  file('etc/é', 5),
  file('init', 10_000, 0o4755),
]

describe('cpio', () => {
  it('reads what it writes, with the folders that nobody listed', () => {
    expect(readCpio(writeCpio(tree))).to.deep.equal([
      ...tree.slice(0, 3),
      { path: 'etc', type: 'dir', mode: 0o755 },
      ...tree.slice(3),
    ])
  })

  it('does not depend on the order given', () => {
    expect(writeCpio([...tree].reverse())).to.deep.equal(writeCpio(tree))
  })

  it('puts the data of every file at a multiple of 4,096, whatever stands before it', () => {
    const files = Array.from({ length: 200 }, (_, i) => file(`d${'/sub'.repeat(i % 40)}/f${i}`, 1 + i * 37))
    const archive = writeCpio(files)
    for (const entry of readCpio(archive)) {
      if (entry.type === 'file') expect((entry.data?.byteOffset ?? 1) % 4096, entry.path).to.equal(0)
    }
    expect(readCpio(archive).filter(({ type }) => type === 'file')).to.have.length(200)
  })

  it('keeps every name, with its NULs, within what Linux accepts', () => {
    const counts = new Set<number>()
    for (let size = 3600; size < 4300; size += 4) {
      const archive = writeCpio([file('a', size), file(`long-${'name'.repeat(30)}`, 1)])
      const headers = [
        ...Buffer.from(archive)
          .toString('latin1')
          .matchAll(/070701([0-9A-F]{8}){11}([0-9A-F]{8})/g),
      ]
      counts.add(headers.length)
      for (const [, , namesize = ''] of headers) expect(Number.parseInt(namesize, 16)).to.be.at.most(4096)
    }
    expect([...counts], 'with and without an entry that moves the next one').to.include.members([3, 4])
  })

  it('refuses what is no tree', () => {
    for (const path of ['/init', '../init', 'a//b', '', './a', 'a/'])
      expect(() => writeCpio([file(path, 1)]), path).to.throw('not a path')
    expect(() => writeCpio([file('a', 1), file('a', 2)])).to.throw('two entries')
  })

  it('explains an archive that is damaged', () => {
    const archive = writeCpio(tree)
    expect(() => readCpio(archive.subarray(0, 5000))).to.throw('the archive ends in the middle of an entry')
    expect(() => readCpio(new Uint8Array(200))).to.throw('no header where one must be')
    expect(() => readCpio(new TextEncoder().encode(`070701${'z'.repeat(104)}`))).to.throw('bad ino')
  })
})
