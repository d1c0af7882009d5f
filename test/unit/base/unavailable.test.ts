import { expect } from 'chai'
import { needProgram } from '../../../base/find-program.js'
import { Unavailable } from '../../../base/unavailable.js'

describe('what this machine lacks', () => {
  it('is told with the Debian package that brings it, apart from every other error', () => {
    try {
      needProgram({ program: 'no-such-program', debianPackage: 'some-package' }, 'do a thing')
      expect.fail('it was found')
    } catch (error) {
      expect(error).to.be.instanceOf(Unavailable).and.to.include({
        needs: 'the package some-package',
        message: 'no-such-program is not installed, and it is needed to do a thing',
        status: 1,
      })
    }
  })
})
