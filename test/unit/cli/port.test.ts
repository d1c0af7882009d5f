import { expect } from 'chai'
import { appPort, appPorts, withPort } from '../../../cli/port.js'

describe('port of an app', () => {
  it('is 8080 unless PORT says otherwise', () => {
    expect(appPort({})).to.equal(8080)
    expect(appPort({ PORT: '3000' })).to.equal(3000)
  })
  for (const text of ['abc', '', '0', '65536', '-1', '80x'])
    it(`is not ${JSON.stringify(text)}`, () =>
      expect(() => appPort({ PORT: text })).to.throw(`PORT=${text}: expected a port number`))

  it('comes with those that the app was said to have: PORT goes before the first of them', () => {
    expect(appPorts({}, [])).to.deep.equal([8080])
    expect(appPorts({}, [3000, 9090])).to.deep.equal([3000, 9090])
    expect(appPorts({ PORT: '80' }, [3000, 80])).to.deep.equal([80, 3000])
    expect(withPort({ A: 'a' }, [3000, 9090])).to.deep.equal({ PORT: '3000', A: 'a' })
    expect(withPort({ PORT: '80' }, [3000])).to.deep.equal({ PORT: '80' })
    expect(withPort({}, [])).to.deep.equal({})
  })
})
