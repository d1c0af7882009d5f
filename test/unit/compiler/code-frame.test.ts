import { expect } from 'chai'
import { printCodeFrame } from '../../../compiler/code-frame.js'

const lines = (...text: string[]) => text.join('\n')

describe('printCodeFrame', () => {
  it('shows the line with its neighbours and underlines the span', () => {
    const source = Array.from({ length: 12 }, (_, i) => `line(${i + 1})`).join('\r\n')
    expect(printCodeFrame(source, { line: 10, column: 6, length: 2 })).to.equal(
      lines('   9 | line(9)', '> 10 | line(10)', '     |      ^^', '  11 | line(11)'),
    )
  })

  it('keeps tabs before the span', () => {
    expect(printCodeFrame('\tif (\tx)', { line: 1, column: 7 })).to.equal(
      lines('> 1 | \tif (\tx)', '    | \t    \t^'),
    )
  })

  it('underlines at least one column and never beyond the line', () => {
    expect(printCodeFrame('ab', { line: 1, column: 2, length: 50 })).to.contain('|  ^')
    expect(printCodeFrame('ab', { line: 1, column: 2, length: 50 })).not.to.contain('^^')
    expect(printCodeFrame('', { line: 1, column: 1 })).to.equal(lines('> 1 |', '    | ^'))
  })
})
