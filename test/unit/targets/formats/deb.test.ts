import { expect } from 'chai'
import { readAr, writeAr } from '../../../../targets/formats/ar.js'
import { bytesOf } from '../../../../targets/formats/content.js'
import { type DebPackage, readDeb, writeDeb } from '../../../../targets/formats/deb.js'
import { readDamaged } from '../../../helpers/damage.js'

const text = (value: string) => new TextEncoder().encode(value)
const sample: DebPackage = {
  control: { Package: 'shop', Version: '1.2.3', Description: 'one line\nmore\n\nand more' },
  scripts: { postinst: '#!/bin/sh\nexit 0\n' },
  conffiles: ['/etc/default/shop'],
  files: [
    { path: 'usr/bin/shop', type: 'file', mode: 0o755, data: new Uint8Array(3000).fill(7) },
    { path: 'etc/default/shop', type: 'file', mode: 0o644, data: text('A="1"\n') },
  ],
  mtime: 1_000_000_000,
}

const debOf = (deb: DebPackage) => bytesOf(writeDeb(deb))
const arOf = (...given: Parameters<typeof writeAr>) => bytesOf(writeAr(...given))

describe('ar', () => {
  it('reads what it writes', () => {
    const members = [
      { name: 'odd', data: text('abc') },
      { name: 'even.tar.gz', data: text('abcd') },
      { name: 'empty', data: text('') },
    ]
    expect(readAr(arOf(members, 7))).to.deep.equal(members)
  })

  it('refuses names that readers cut', () => {
    expect(() => arOf([{ name: 'sixteen-letters-', data: text('') }], 0)).to.throw('not a name')
  })

  it('explains damage', () => {
    const archive = arOf([{ name: 'a', data: text('abc') }], 0)
    expect(() => readAr(text('no'))).to.throw('no signature')
    expect(() => readAr(archive.subarray(0, 30))).to.throw('it ends in a header')
    expect(() => readAr(archive.subarray(0, 70))).to.throw('it ends in the middle of a member')
    const counts = readDamaged(archive, readAr)
    expect(counts.explained).to.be.greaterThan(100)
  })
})

describe('deb', () => {
  it('reads what it writes, values of several lines included', () => {
    const { control, scripts, conffiles, files } = readDeb(debOf(sample))
    expect(control).to.deep.equal({ ...sample.control, 'Installed-Size': '4' })
    expect(scripts).to.deep.equal(sample.scripts)
    expect(conffiles).to.deep.equal(sample.conffiles)
    for (const file of sample.files) expect(files).to.deep.include(file)
  })

  it('is the same each time, whatever the order of the files', () => {
    const reversed = { ...sample, files: [...sample.files].reverse() }
    expect(debOf(reversed)).to.deep.equal(debOf(sample))
  })

  it('explains what is no package', () => {
    expect(() => readDeb(arOf([{ name: 'other', data: text('') }], 0))).to.throw('does not come first')
    const members = readAr(debOf(sample))
    const foreign = members.map((member) => ({ ...member, name: member.name.replace('.gz', '.xz') }))
    expect(() => readDeb(arOf(foreign, 0))).to.throw('control.tar.xz for control.tar.gz')
    const counts = readDamaged(debOf(sample), readDeb)
    expect(counts.explained).to.be.greaterThan(100)
    expect(counts.read).to.be.greaterThan(5) // times and owners of members
  })
})
