import { expect } from 'chai'
import { appPort } from '../../../cli/port.js'

describe('port of an app', () => {
  it('is 8080 unless PORT says otherwise', () => {
    expect(appPort({})).to.equal(8080)
    expect(appPort({ PORT: '3000' })).to.equal(3000)
  })
  for (const text of ['abc', '', '0', '65536', '-1', '80x'])
    it(`is not ${JSON.stringify(text)}`, () =>
      expect(() => appPort({ PORT: text })).to.throw(`PORT=${text}: expected a port number`))
})
