// A GiB each way between a guest and this host over a wire that loses 5 % of all frames, doubles, delays and damages others.
//   node scripts/bad-wire.mjs [MIB] [LOSS DUPLICATION REORDERING DAMAGE]     of 1,000 frames; 1024 and 50 10 20 5. Needs root.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { transferOverBadWire } from '../lib/test/helpers/bad-wire.js'

const [mebibytes = 1024, loss = 50, duplication = 10, reordering = 20, damage = 5] = process.argv
  .slice(2)
  .map(Number)
const folder = mkdtempSync(join(tmpdir(), 'unik-bad-wire-'))
const start = performance.now()
try {
  const text = await transferOverBadWire(
    folder,
    mebibytes,
    { loss, duplication, reordering, damage },
    6 * 3_600_000,
  )
  console.log(text)
  console.log(`${mebibytes} MiB each way in ${Math.round((performance.now() - start) / 1000)} s`)
  process.exitCode = text.includes('all of it is right') ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
