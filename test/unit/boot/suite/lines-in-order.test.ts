import { expect } from 'chai'
import { linesInOrder } from '../../../../boot/suite/lines-in-order.js'

describe('linesInOrder', () => {
  it('finds lines with others between them', () => {
    expect('zero\na.b\nmore\n(c)\n').to.match(linesInOrder(['a.b', '(c)']))
  })

  it('wants whole lines', () => {
    expect('one two\n').not.to.match(linesInOrder(['one']))
    expect('axb\n').not.to.match(linesInOrder(['a.b']))
  })

  it('wants their order, and each as often as it is named', () => {
    expect('b\na\n').not.to.match(linesInOrder(['a', 'b']))
    expect('a\n').not.to.match(linesInOrder(['a', 'a']))
    expect('a\nb\na\n').to.match(linesInOrder(['a', 'a']))
  })

  it('gives up at once on many equal lines', () => {
    const ticks = 'tick\n'.repeat(2000)
    const wanted = linesInOrder([...Array<string>(19).fill('tick'), 'done'])
    expect(ticks).not.to.match(wanted)
    expect(`${ticks}done\n`).to.match(wanted)
  })
})
