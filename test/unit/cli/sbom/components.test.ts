import { expect } from 'chai'
import { PackageURL } from 'packageurl-js'
import { packagePart } from '../../../../cli/sbom/components.js'
import type { BundledPackage } from '../../../../compiler/bundled-packages.js'

const found: BundledPackage = {
  ...{ id: '@s/a@1.0.0+x', name: '@s/a', version: '1.0.0+x', licence: 'MIT', homepage: undefined },
  ...{ isPrivate: false, licenceFiles: [], imports: [], isDirect: true },
}

describe('npm packages in an SBOM', () => {
  it('have package URLs that lead to scope, name and version', () => {
    const { namespace, name, version } = PackageURL.fromString(packagePart(found).purl ?? '')
    expect({ namespace, name, version }).to.deep.equal({ namespace: '@s', name: 'a', version: '1.0.0+x' })
  })

  it('have none where no registry knows them', () => {
    expect(packagePart({ ...found, isPrivate: true }).purl).to.equal(undefined)
    expect(packagePart({ ...found, version: undefined }).purl).to.equal(undefined)
  })

  it('have the address of their site only if it is one', () => {
    const siteOf = (homepage: string) => packagePart({ ...found, homepage }).externalReferences?.[0]?.url
    expect(siteOf('https://example.org/a b')).to.equal('https://example.org/a%20b')
    expect(siteOf('github')).to.equal(undefined)
  })
})
