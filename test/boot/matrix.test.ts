import { availableParallelism } from 'node:os'
import { expect } from 'chai'
import { scratchFolder } from '../helpers/scratch.js'
import { nameOf } from '../matrix/cells.js'
import { makeMedia } from '../matrix/media.js'
import { ciCells, source } from '../matrix/plan.js'
import { runAll } from '../matrix/run-all.js'
import type { CellResult } from '../matrix/run-cell.js'

// Each machine boots the HTTP app, serves 200 requests and powers off with status 0; `npm run matrix` runs every cell there is.
describe('boot matrix: every pair of boot path, firmware, machine, disk controller, network card and CPU', () => {
  const scratch = scratchFolder()
  const results = new Map<string, CellResult>()
  const cells = ciCells()

  before(async function () {
    this.timeout(900_000)
    const media = await makeMedia(source, scratch())
    const width = Math.min(availableParallelism(), 4)
    await runAll(cells, media, width, (cell, result) => results.set(nameOf(cell), result))
  })

  for (const cell of cells)
    it(nameOf(cell), () => {
      const result = results.get(nameOf(cell))
      expect(result, 'the result').to.be.an('object')
      expect(result?.failure).to.equal(undefined)
    })
})
