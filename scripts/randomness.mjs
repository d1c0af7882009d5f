// What is random from boot to boot: boots so many times and counts. `node scripts/randomness.mjs [BOOTS] [CPU]`, 200 on `max` by default.
// A bit is biased that is off its mean by more than five standard deviations: of a hundred bits in 20,000 runs one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { table } from '../lib/cli/table.js'
import {
  draw,
  imageOfPlaces,
  repeats,
  varyingBits,
  wanted,
  worstBias,
} from '../lib/test/helpers/randomness.js'

const [boots = '200', cpu = 'max'] = process.argv.slice(2)
const scratch = mkdtempSync(join(tmpdir(), 'unik-randomness-'))
const draws = []
try {
  const image = await imageOfPlaces(scratch)
  while (draws.length < Number(boots)) draws.push(await draw(image, scratch, cpu))
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
const rows = Object.entries(wanted).map(([name, bits]) => {
  const found = {
    bits: varyingBits(draws, name),
    bias: worstBias(draws, name, bits),
    twice: repeats(draws, name),
  }
  const good = found.bits >= bits && found.bias < 5 && (bits < 22 || found.twice === 0)
  return [name, `${bits}`, `${found.bits}`, found.bias.toFixed(1), `${found.twice}`, good ? 'good' : 'BAD']
})
console.log(
  table(['what', 'bits wanted', 'bits that vary', 'worst bias, deviations', 'seen twice', 'verdict'], rows),
)
process.exitCode = rows.every((row) => row.at(-1) === 'good') ? 0 : 1
