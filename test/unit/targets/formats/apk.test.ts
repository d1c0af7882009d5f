import { generateKeyPairSync, verify } from 'node:crypto'
import { expect } from 'chai'
import { type ApkPackage, readApk, writeApk } from '../../../../targets/formats/apk.js'
import { bytesOf } from '../../../../targets/formats/content.js'
import { gunzipMembers } from '../../../../targets/formats/gzip.js'
import { readDamaged } from '../../../helpers/damage.js'

const sample: ApkPackage = {
  info: [
    ['pkgname', 'shop'],
    ['provides', 'cmd:a=1'],
    ['provides', 'cmd:b=1'],
  ],
  scripts: { 'pre-install': '#!/bin/sh\nexit 0\n' },
  files: [
    { path: 'usr/bin/shop', type: 'file', mode: 0o755, data: new Uint8Array(3000).fill(7) },
    { path: 'usr/bin/alias', type: 'symlink', mode: 0o777, target: 'shop' },
  ],
  mtime: 1_000_000_000,
}

const bytesOfApk = (apk: ApkPackage) => bytesOf(writeApk(apk))

describe('apk', () => {
  it('reads what it writes', () => {
    const { info, scripts, files, signature } = readApk(bytesOfApk(sample))
    expect(info.slice(0, 3)).to.deep.equal(sample.info)
    expect(info[3]).to.deep.equal(['size', '3004'])
    expect(scripts).to.deep.equal(sample.scripts)
    for (const file of sample.files) expect(files).to.deep.include(file)
    expect(signature).to.equal(undefined)
  })

  it('ends the archive in the last member only', () => {
    const [control, data] = gunzipMembers(bytesOfApk(sample)).map((member) => Buffer.from(member.data))
    expect(control?.subarray(-1024).every((byte) => byte === 0)).to.equal(false)
    expect(data?.subarray(-1024).every((byte) => byte === 0)).to.equal(true)
    expect(data?.includes('APK-TOOLS.checksum.SHA1=')).to.equal(true)
  })

  it('signs the control member as it stands in the file', () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const key = { publicName: 'ann.rsa.pub', privateKey }
    const file = bytesOfApk({ ...sample, key })
    const { signature } = readApk(file)
    if (signature === undefined) expect.fail('no signature')
    expect(signature.publicName).to.equal('ann.rsa.pub')
    expect(verify('sha1', signature.over, pair.publicKey, signature.data)).to.equal(true)
    expect(bytesOfApk({ ...sample, key })).to.deep.equal(file)
  })

  it('refuses keys that are none', () => {
    const other = generateKeyPairSync('ed25519')
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString()
    expect(() => bytesOfApk({ ...sample, key: { publicName: 'a', privateKey: 'none' } })).to.throw(
      'cannot be read',
    )
    expect(() => bytesOfApk({ ...sample, key: { publicName: 'a', privateKey: other } })).to.throw(
      'not an RSA key',
    )
  })

  it('explains damage, and sees it in the files', () => {
    const file = bytesOfApk(sample)
    const size = gunzipMembers(file)[0]?.compressed.length ?? 0
    const broken = readDamaged(file, readApk, [[size, file.length]])
    expect(broken.read).to.be.below(60) // the changes that set a byte to what it was
    expect(readDamaged(file, readApk).explained).to.be.greaterThan(100)
  })
})
