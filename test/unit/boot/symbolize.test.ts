import { expect } from 'chai'
import { backtrace, parseSymbols } from '../../../boot/symbolize.js'

const symbols = parseSymbols('200000 16 start\n200010 32 panic\nnot a line\n200100 8 main\n')

describe('symbolize', () => {
  it('names the functions of a panic record, minus the slide', () => {
    expect(backtrace('1000,201014,201105,999999', symbols)).to.deep.equal([
      '  panic+0x4  (0x201014)',
      '  main+0x5  (0x201105)',
      '  0x999999',
    ])
  })

  it('looks callers up one byte before the return address, so that a call at the very end of a function is its own', () => {
    expect(backtrace('0,200010,200010', symbols)).to.deep.equal([
      '  panic+0x0  (0x200010)',
      '  start+0x10  (0x200010)',
    ])
  })

  it('shows bare addresses when there are no symbols, and survives nonsense', () => {
    expect(backtrace('0,ff,zz,', [])).to.deep.equal(['  0xff'])
    expect(backtrace('', symbols)).to.deep.equal([])
  })
})
