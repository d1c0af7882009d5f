// Boots every sensible cell of the matrix (test/matrix), two at a time, and prints what failed and a table.
//   npm run matrix [-- WORD...]   only cells whose name holds every WORD; --pairs: the cover that CI runs
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dimensions, impossibleCells, nameOf, sensibleCells } from '../lib/test/matrix/cells.js'
import { makeMedia } from '../lib/test/matrix/media.js'
import { ciCells, source } from '../lib/test/matrix/plan.js'
import { runAll } from '../lib/test/matrix/run-all.js'

const words = process.argv.slice(2)
const wanted = words.filter((word) => word !== '--pairs')
const cells = (words.includes('--pairs') ? ciCells() : sensibleCells()).filter((cell) => {
  const name = nameOf(cell).split(' ')
  return wanted.every((word) => name.includes(word))
})
const folder = mkdtempSync(join(tmpdir(), 'unik-matrix-'))
const results = []
try {
  const media = await makeMedia(source, folder)
  await runAll(cells, media, 2, (cell, result) => {
    results.push({ cell, ...result })
    const what = result.failure ? `FAILED ${result.failure}` : `${Math.round(result.firstResponseMs)} ms`
    if (result.failure || process.stdout.isTTY) console.log(`${nameOf(cell)}: ${what}`)
  })
} finally {
  rmSync(folder, { recursive: true, force: true })
}

for (const [key, values] of Object.entries(dimensions)) {
  console.log(`\n${key}`)
  for (const value of values) {
    const mine = results.filter(({ cell }) => cell[key] === value)
    const passed = mine.filter(({ failure }) => !failure)
    const times = passed.map(({ firstResponseMs }) => firstResponseMs).sort((a, b) => a - b)
    const median = times[Math.floor(times.length / 2)]
    if (mine.length > 0)
      console.log(
        `  ${value.padEnd(18)} ${String(passed.length).padStart(4)} of ${String(mine.length).padStart(4)} passed, first answer ${median === undefined ? '-' : Math.round(median)} ms (median)`,
      )
  }
}
console.log('\nleft out:')
for (const [why, count] of impossibleCells()) console.log(`  ${String(count).padStart(4)}  ${why}`)
const failed = results.filter(({ failure }) => failure).length
console.log(`\n${results.length - failed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
