import { expect } from 'chai'
import { impossibleCells, sensibleCells } from '../matrix/cells.js'
import { ciCells } from '../matrix/plan.js'

describe('boot matrix', () => {
  const cells = sensibleCells()
  const chosen = ciCells()

  it('covers every pair that any sensible cell has', () => {
    const pairs = (list: readonly object[]) =>
      new Set(
        list.flatMap((cell) => {
          const values = Object.values(cell)
          return values.flatMap((a, i) => values.slice(i + 1).map((b, j) => `${i} ${a} ${i + 1 + j} ${b}`))
        }),
      )
    expect(pairs(chosen)).to.deep.equal(pairs(cells))
  })

  it('is small enough for each run of CI', () => {
    expect(chosen.length).to.be.at.most(60)
    expect(chosen.filter((cell) => cell.firmware === 'ovmf').length).to.be.within(4, 15)
  })

  it('gives a reason for every cell that is left out', () => {
    const left = [...impossibleCells().values()].reduce((sum, n) => sum + n, 0)
    expect(cells.length + left).to.equal(5 * 2 * 4 * 8 * 6)
  })
})
