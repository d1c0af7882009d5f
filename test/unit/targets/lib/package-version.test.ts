import { expect } from 'chai'
import { apkVersion, debianVersion } from '../../../../targets/lib/package-version.js'

describe('versions of packages', () => {
  const rows = [
    ['1.2.3', '1.2.3', '1.2.3-r0'],
    ['v1.2.3', '1.2.3', '1.2.3-r0'],
    ['1.2.3-rc.1', '1.2.3~rc.1', '1.2.3_rc1-r0'],
    ['1.2.3-next-7', '1.2.3~next.7', '1.2.3_pre7-r0'],
    ['1.2.3+build-5', '1.2.3+build.5', '1.2.3-r0'],
    ['1.2.3-beta+x y', '1.2.3~beta+x.y', '1.2.3_beta-r0'],
    ['latest', '0+latest', '0-r0'],
  ] as const
  for (const [version, debian, apk] of rows)
    it(`${version} is ${debian} and ${apk}`, () => {
      expect(debianVersion(version)).to.equal(debian)
      expect(apkVersion(version)).to.equal(apk)
    })
})
