import { expect } from 'chai'
import { consoleText } from '../../../../boot/browser/console-text.js'

describe('console of a browser', () => {
  const called = (type: string, ...args: object[]) => consoleText('Runtime.consoleAPICalled', { type, args })

  it('is text by lines, errors and warnings apart', () => {
    const values = [
      { type: 'string', value: 'a' },
      { type: 'number', value: 1, description: '1' },
      { type: 'number', unserializableValue: 'NaN' },
      { type: 'undefined' },
      { type: 'object', description: 'Object' },
    ]
    expect(called('log', ...values)).to.deep.equal(['a 1 NaN undefined Object\n', 'out'])
    expect(called('warning', { type: 'string', value: 'b' })).to.deep.equal(['b\n', 'err'])
    expect(called('log', { type: 'string', value: 'whole\n' })).to.deep.equal(['whole\n', 'out'])
  })

  it('holds what nobody has caught', () => {
    const exceptionDetails = {
      text: 'Uncaught',
      exception: { type: 'object', description: 'Error: x\n at y' },
    }
    expect(consoleText('Runtime.exceptionThrown', { exceptionDetails })).to.deep.equal([
      'Uncaught Error: x\n at y\n',
      'err',
    ])
    expect(consoleText('Page.loadEventFired', {})).to.equal(undefined)
  })
})
