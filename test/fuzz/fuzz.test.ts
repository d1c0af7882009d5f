import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { writeAcpiTables } from '../helpers/acpi-tables.js'
import { scratchFolder } from '../helpers/scratch.js'
import { buildFuzzTarget, buildShared, fuzzTargets } from './build.js'
import { runFuzzTarget } from './run.js'

// Enough to see that a target starts, reaches the kernel's code and is stable; `npm run fuzz` looks for faults.
const RUNS = 300

describe('what faces outsiders, a few inputs of libFuzzer each under both sanitizers', function () {
  this.timeout(600_000)
  const scratch = scratchFolder()
  const tables = () => join(scratch(), 'acpi-tables')
  const programs = () => join(scratch(), 'programs')

  before(async () => {
    mkdirSync(join(scratch(), 'findings'))
    await writeAcpiTables(tables())
    await buildShared(programs())
  })

  for (const name of fuzzTargets) {
    it(name, async () => {
      await buildFuzzTarget(name, programs())
      const result = await runFuzzTarget(name, {
        programs: programs(),
        tables: tables(),
        findings: join(scratch(), 'findings'),
        args: ['-seed=1', `-runs=${RUNS}`, '-max_len=1024'],
        seconds: 300,
      })
      expect(result.finding).to.equal(undefined)
      expect(result.executions).to.be.at.least(RUNS)
      expect(result.edges).to.be.greaterThan(20)
    })
  }
})
