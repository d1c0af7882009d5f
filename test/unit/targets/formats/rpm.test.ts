import { expect } from 'chai'
import { bytesOf } from '../../../../targets/formats/content.js'
import { type RpmPackage, readRpm, writeRpm } from '../../../../targets/formats/rpm.js'
import { type RpmTags, readRpmHeader, writeRpmHeader } from '../../../../targets/formats/rpm-header.js'
import { rpmTags } from '../../../../targets/formats/rpm-tags.js'
import { readDamaged } from '../../../helpers/damage.js'

const sample: RpmPackage = {
  ...{ name: 'shop', version: '1.2.3', release: '1', summary: 'Sells', description: 'Sells\nthings' },
  ...{ licence: 'MIT', url: undefined, packager: 'Ann <ann@example.org>', date: 1_000_000_000 },
  scripts: { postin: 'echo hello' },
  files: [
    { path: 'usr/bin/shop', type: 'file', mode: 0o755, data: new Uint8Array(3000).fill(7) },
    { path: 'usr/lib/shop', type: 'dir', mode: 0o755 },
    { path: 'usr/lib/shop/link', type: 'symlink', mode: 0o777, target: '../../bin/shop' },
    { path: 'etc/shop', type: 'file', mode: 0o644, data: Uint8Array.of(65, 10), kind: 'config' },
  ],
}

const rpmOf = (rpm: RpmPackage) => bytesOf(writeRpm(rpm))

describe('rpm', () => {
  it('header: reads what it writes, of every type', () => {
    const tags: RpmTags = new Map([
      [1000, { type: 'string', values: ['shop'] }],
      [1001, { type: 'int16', values: [1, 65_535] }],
      [1002, { type: 'strings', values: ['a', '', 'é'] }],
      [1003, { type: 'int32', values: [0xffffffff] }],
      [1004, { type: 'binary', values: Uint8Array.of(1, 2, 3) }],
      [1005, { type: 'text', values: ['one'] }],
    ])
    const bytes = writeRpmHeader(63, tags)
    const { tags: read, end } = readRpmHeader(bytes, 0)
    expect(end).to.equal(bytes.length)
    expect(read.get(63)?.values).to.have.length(16)
    for (const [tag, value] of tags) expect(read.get(tag)).to.deep.equal(value)
  })

  it('reads what it writes', () => {
    const { tags, files } = readRpm(rpmOf(sample))
    const value = (name: keyof typeof rpmTags) => tags.get(rpmTags[name])?.values
    expect(value('name')).to.deep.equal(['shop'])
    expect(value('baseNames')).to.deep.equal(['shop', 'shop', 'shop', 'link'])
    expect(value('folderNames')).to.deep.equal(['/etc/', '/usr/bin/', '/usr/lib/', '/usr/lib/shop/'])
    expect(value('fileFlags')).to.deep.equal([17, 0, 0, 0])
    expect(value('postIn')).to.deep.equal(['echo hello'])
    expect(files.map(({ path }) => path)).to.deep.equal(sample.files.map(({ path }) => path).sort())
    for (const { kind: _, ...file } of sample.files) expect(files).to.deep.include(file)
  })

  it('is the same each time, whatever the order of the files', () => {
    expect(rpmOf({ ...sample, files: [...sample.files].reverse() })).to.deep.equal(rpmOf(sample))
  })

  it('sees every change behind the signature, and explains the others', () => {
    const file = rpmOf(sample)
    expect(() => readRpm(file.subarray(0, 50))).to.throw('not an RPM package')
    expect(() => readRpm(file.subarray(0, 200))).to.throw('not a header')
    expect(() => readRpm(file.subarray(0, -1))).to.throw('SHA-256 of its payload differs')
    const start = Math.ceil(readRpmHeader(file, 96).end / 8) * 8
    const changed = readDamaged(file, readRpm, [[start, file.length]])
    expect(changed.read).to.be.below(60) // the changes that set a byte to what it was
    expect(readDamaged(file, readRpm, [[0, start]]).explained).to.be.greaterThan(100)
  })
})
