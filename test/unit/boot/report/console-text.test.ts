import { expect } from 'chai'
import { plainText, styledText } from '../../../../boot/report/console-text.js'

describe('console text', () => {
  it('keeps basic colours and weight, and no other escape sequence', () => {
    expect(
      styledText('a\x1b[1;31mred\x1b[0m\x1b[2J\x1b]0;title\x07 \x1b[94mblue\x1b[39;22mplain'),
    ).to.deep.equal([
      { text: 'a', color: undefined, bold: false },
      { text: 'red', color: 'red', bold: true },
      { text: ' ', color: undefined, bold: false },
      { text: 'blue', color: 'blue', bold: false },
      { text: 'plain', color: undefined, bold: false },
    ])
  })

  it('takes a palette colour for none, and its parameters for nothing else', () => {
    expect(styledText('\x1b[38;5;31mx\x1b[38;2;31;32;33my')).to.deep.equal([
      { text: 'x', color: undefined, bold: false },
      { text: 'y', color: undefined, bold: false },
    ])
  })

  it('shows what is left of control characters, and nothing that turns the direction', () => {
    expect(plainText('a\x00b\x07c\x1b')).to.equal('a\u2400b\u2407c\u241b')
    expect(plainText('tab\tline\r\nnext\rsame\x7f\x85')).to.equal('tab\tline\nnext\u240dsame\u2421\ufffd')
    expect(plainText('\u202eabc\u2066 \ud800 \ud83d\ude00 \uffff')).to.equal(
      '\ufffdabc\ufffd \ufffd \ud83d\ude00 \ufffd',
    )
  })
})
