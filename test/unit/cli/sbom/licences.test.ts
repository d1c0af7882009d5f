import { expect } from 'chai'
import { licenceChoice } from '../../../../cli/sbom/licences.js'

describe('licences in an SBOM', () => {
  it('are an identifier of SPDX, an expression, or any other name', () => {
    expect(licenceChoice('MIT')).to.deep.equal([{ license: { id: 'MIT' } }])
    const expressions = [
      '(MIT OR Apache-2.0)',
      'GPL-3.0-or-later WITH GCC-exception-3.1',
      'EPL-1.0+',
      'LicenseRef-shop',
    ]
    for (const expression of expressions) expect(licenceChoice(expression)).to.deep.equal([{ expression }])
    for (const name of ['UNLICENSED', 'SEE LICENSE IN terms.txt', 'mit licence', 'WITH'])
      expect(licenceChoice(name)).to.deep.equal([{ license: { name } }])
    expect(licenceChoice(undefined)).to.equal(undefined)
  })
})
