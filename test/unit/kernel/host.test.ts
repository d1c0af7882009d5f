import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../../base/package-root.js'
import { run, tryRun } from '../../../base/run.js'
import { writeAcpiTables } from '../../helpers/acpi-tables.js'
import { scratchFolder } from '../../helpers/scratch.js'

const WARNINGS = ['-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter', '-Wno-unused-function']
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer']
const folder = join(packageRoot, 'test', 'unit', 'kernel')
const kernel = join(packageRoot, 'runtime-x86_64', 'kernel')

// Each C file includes the kernel sources that it tests and is a program of the host: status 0 is a pass.
describe('kernel parts on the host, under the address and undefined-behaviour sanitizers', () => {
  const scratch = scratchFolder()
  const tables = () => join(scratch(), 'acpi-tables')
  before(() => writeAcpiTables(tables()))

  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.c')) continue
    it(name, async () => {
      const program = join(scratch(), name.slice(0, -2))
      const flags = ['-std=gnu17', '-O1', '-g', '-I', kernel, ...WARNINGS, ...SANITIZERS]
      await run('gcc', [...flags, '-o', program, join(folder, name)])
      const { exitCode, stderr } = await tryRun(program, [], { cwd: folder, env: { ACPI_TABLES: tables() } })
      expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: '' })
    })
  }
})
