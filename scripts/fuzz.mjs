// Looks for faults in what faces outsiders, with libFuzzer on the host (test/fuzz); what it learnt is kept in .cache/fuzz.
//   npm run fuzz [-- NAME… SECONDS]   all targets, 60 seconds each, as many at a time as there are CPUs
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildFuzzTarget, buildShared, fuzzTargets, together } from '../lib/test/fuzz/build.js'
import { runFuzzTarget } from '../lib/test/fuzz/run.js'
import { writeAcpiTables } from '../lib/test/helpers/acpi-tables.js'

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), '.cache/fuzz')
const words = process.argv.slice(2)
const seconds = Number(words.find((word) => /^\d+$/.test(word)) ?? 60)
const wanted = words.filter((word) => !/^\d+$/.test(word))
const unknown = wanted.filter((name) => !fuzzTargets.includes(name))
if (unknown.length > 0) {
  console.error(`no such target: ${unknown.join(', ')}; there are ${fuzzTargets.join(', ')}`)
  process.exit(2)
}
const names = wanted.length > 0 ? wanted : fuzzTargets
const tables = join(folder, 'acpi-tables')
const findings = join(folder, 'findings')
mkdirSync(findings, { recursive: true })
if (!existsSync(join(tables, 'microvm.dsdt'))) await writeAcpiTables(tables)
await buildShared(join(folder, 'programs'))

let found = 0
await together(
  names.map((name) => async () => {
    const corpus = join(folder, 'corpus', name)
    mkdirSync(corpus, { recursive: true })
    await buildFuzzTarget(name, join(folder, 'programs'))
    const args = [`-max_total_time=${seconds}`, '-max_len=4096', corpus]
    const result = await runFuzzTarget(name, {
      programs: join(folder, 'programs'),
      tables,
      findings,
      args,
      seconds,
    })
    if (result.finding !== undefined) found++
    console.log(`${name.padEnd(14)} ${result.executions} executions, ${result.edges} edges`)
    if (result.finding !== undefined) console.log(result.finding)
  }),
)
console.log(found === 0 ? 'nothing was found' : `${found} targets found something: ${findings}`)
process.exitCode = found === 0 ? 0 : 1
