// npm run bench: the budget of the design with this machine's figures beside it, all from one run. Peers are measured in the same run
// when they can be installed (npm: node, bun); otherwise the row says so. Nothing here is a test: figures depend on the machine.
//   node scripts/bench.mjs [WORD...]     only the groups whose name holds one of the words (size, boot, native, build)
//   node scripts/bench.mjs paths         what each boot path adds to the firmware's own time: some minutes, so by name only
//   node scripts/bench.mjs kernel [WORD]  what system calls cost beside Linux: half an hour, so by name only
//   node scripts/bench.mjs devices [DEVICE...]     throughput of disks and network cards beside Linux: a quarter of an hour, so by name only
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { table } from '../lib/cli/table.js'
import { boot } from './bench/boot.mjs'
import { bootPaths } from './bench/boot-paths.mjs'
import { buildTime } from './bench/build-time.mjs'
import { devicesBench } from './bench/devices.mjs'
import { kernelBench } from './bench/kernel.mjs'
import { native } from './bench/native.mjs'
import { size } from './bench/size.mjs'

const groups = { size, build: buildTime, boot, native }
const words = process.argv.slice(2)
const byName = { devices: devicesBench, kernel: kernelBench, paths: bootPaths }
const asked = byName[words[0]]
const chosen = asked === undefined ? groups : { [words[0]]: asked }
const scratch = mkdtempSync(join(tmpdir(), 'unik-bench-'))
const rows = []
try {
  for (const [name, measure] of Object.entries(chosen)) {
    if (words.length > 0 && !words.some((word) => name.includes(word))) continue
    console.error(`measuring: ${name} …`)
    rows.push(...(await measure(scratch, words.slice(1))))
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
console.log(
  table(
    ['what', 'budget', 'measured', 'verdict'],
    rows.map((row) => [row.what, row.budget, row.measured, row.verdict]),
  ),
)
