import { expect } from 'chai'
import { table } from '../../../cli/table.js'

describe('table', () => {
  const heads = ['name', 'what it is', 'size']
  const rows = [
    ['apple', 'a fruit that grows on trees, red or green', '12 KiB'],
    ['fig', 'another one', '1.50 MiB'],
  ]
  const words = (text: string) => text.split(/\s+/).sort()

  it('is as wide as its cells, numbers to the right', () =>
    expect(table(heads, rows)).to.equal(`name   what it is                                     size
-----  -----------------------------------------  --------
apple  a fruit that grows on trees, red or green    12 KiB
fig    another one                                1.50 MiB`))

  it('wraps the widest cells where it would be wider than the terminal', () =>
    expect(table(heads, rows, { width: 40 })).to.equal(`name   what it is                   size
-----  -----------------------  --------
apple  a fruit that grows on      12 KiB
       trees, red or green
fig    another one              1.50 MiB`))

  it('becomes lists where its words do not fit side by side', () =>
    expect(table(heads, rows, { width: 26 })).to.equal(`name        apple
what it is  a fruit that
            grows on
            trees, red or
            green
size        12 KiB

name        fig
what it is  another one
size        1.50 MiB`))

  it('loses no word at any width, and is no wider', () => {
    const all = words(table(heads, rows)).filter((word) => !/^-+$/.test(word))
    for (let width = 25; width < 70; width++) {
      const text = table(heads, rows, { width })
      const lines = text.split('\n')
      expect(Math.max(...lines.map((line) => line.length)), `at ${width}`).to.be.at.most(width)
      for (const word of all) expect(words(text)).to.include(word)
    }
  })
})
