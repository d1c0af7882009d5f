// Boots the HTTP app with every amount of memory, by every boot path: each size shall serve, or say what it lacks.
//   node scripts/memory-sweep.mjs [PATH...]   only those whose name holds one of the words; UNIK_SWEEP_WIDTH machines at a time (2)
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeMedia } from '../lib/test/matrix/media.js'
import { allSizes, bootWithMemory, sweepPaths } from '../lib/test/matrix/memory-sweep.js'
import { source } from '../lib/test/matrix/plan.js'

const words = process.argv.slice(2)
const paths = sweepPaths.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
const folder = mkdtempSync(join(tmpdir(), 'unik-sweep-'))
let holes = 0
try {
  const media = await makeMedia(source, folder)
  for (const path of paths) await sweep(path, media)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${holes} holes`)
process.exitCode = holes > 0 ? 1 : 0

async function sweep({ name, cell, from, serves }, media) {
  const queue = allSizes(from)
  const results = []
  const worker = async () => {
    for (let size = queue.shift(); size !== undefined; size = queue.shift()) {
      const result = await bootWithMemory(cell, media, size)
      results.push(result)
      const bad = result.outcome === 'hole' || (size >= serves && result.outcome !== 'serves')
      if (bad) holes++
      if (bad || process.stdout.isTTY) console.log(`${name}, ${size} MiB: ${result.outcome} ${result.text}`)
    }
  }
  await Promise.all(Array.from({ length: Number(process.env.UNIK_SWEEP_WIDTH ?? 2) }, worker))
  const least = (outcome) => Math.min(...results.filter((r) => r.outcome === outcome).map((r) => r.mebibytes))
  const says = results.filter(({ outcome }) => outcome === 'says').length
  console.log(
    `${name}: ${results.length} sizes, ${says} say what they lack, the smallest that serves has ${least('serves')} MiB`,
  )
}
