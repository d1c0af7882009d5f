import { expect } from 'chai'
import { aboutApp } from '../../../cli/config/about.js'

describe('aboutApp', () => {
  it('takes unik.config.ts before package.json', () => {
    const manifest = { version: '1.2.3', description: 'From\nthe  manifest', license: 'MIT' }
    expect(aboutApp('shop', { version: '2.0.0' }, manifest)).to.deep.include({
      version: '2.0.0',
      description: 'From the manifest',
      licence: 'MIT',
    })
  })

  it('says of an app without a manifest what is true of any', () => {
    expect(aboutApp('shop', {}, { version: 7, description: '', repository: {} })).to.deep.equal({
      version: '0.0.0',
      description: 'Program shop, made by unik',
      licence: 'UNLICENSED',
      maintainer: 'Nobody <nobody@example.invalid>',
      homepage: undefined,
    })
  })

  it('takes of package.json no version that is none', () => {
    for (const version of ['latest', '1.0', '../../1.2.3'])
      expect(() => aboutApp('shop', {}, { version })).to.throw(
        `version of package.json: ${version} is no version`,
      )
    expect(aboutApp('shop', {}, { version: 'v1.2.3-rc.1' }).version).to.equal('1.2.3-rc.1')
    expect(aboutApp('shop', { version: '1.2.3' }, { version: 'latest' }).version).to.equal('1.2.3')
  })

  it("reads npm's forms of authors and repositories", () => {
    const ann = 'Ann Example <ann@example.org>'
    for (const author of [
      ann,
      `${ann} (https://example.org)`,
      { name: 'Ann Example', email: 'ann@example.org' },
      { name: 'Ann\nExample\u0007 ', email: 'ann@example.org' },
    ])
      expect(aboutApp('shop', {}, { author }).maintainer).to.equal(ann)
    for (const author of ['Ann Example', { name: 'Ann' }, {}, 'x <no address>'])
      expect(aboutApp('shop', {}, { author }).maintainer).to.match(/^Nobody </)
    const repository = { type: 'git', url: 'git+https://example.org/shop.git' }
    expect(aboutApp('shop', {}, { repository }).homepage).to.equal('https://example.org/shop')
    expect(aboutApp('shop', {}, { repository, homepage: 'https://shop.test' }).homepage).to.equal(
      'https://shop.test',
    )
  })
})
