import { mkdirSync, readdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { basename, join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run, tryRun } from '../../base/run.js'
import { runGuest } from '../helpers/boot.js'
import { scratchFolder } from '../helpers/scratch.js'

// Each test/syscalls/*.c opens with what Linux promises, checks it, and prints OK. The same program, statically linked with the
// machine's own C library, runs on this Linux and in the guest: both must agree.
const sources = join(packageRoot, 'test/syscalls')
const names = readdirSync(sources)
  .filter((file) => file.endsWith('.c'))
  .map((file) => basename(file, '.c'))
  .sort()

describe('system calls', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()

  before(async () => {
    const queue = [...names]
    await Promise.all(cpus().map(() => compileFrom(queue)))
  })

  for (const name of names) {
    it(`${name} on Linux`, async () => {
      const result = await tryRun(join(scratch(), name, 'root/init'), [], { timeout: 30_000 })
      expect(result.stdout + result.stderr, `status ${result.exitCode}`).to.match(/^OK$/m)
      expect(result.exitCode).to.equal(0)
    })

    it(`${name} in the guest`, async () => {
      const rootfs = { folder: join(scratch(), name, 'root'), init: '/init' }
      const { text, report } = await runGuest({ rootfs, output: join(scratch(), name, 'dist'), memory: 128 })
      expect(text, `${report.verdict}, status ${report.status}\n${report.explanation}`).to.match(/^OK\r?$/m)
      expect(report.status).to.equal(0)
    })
  }

  async function compileFrom(queue: string[]): Promise<void> {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) await compile(name)
  }

  async function compile(name: string): Promise<void> {
    const root = join(scratch(), name, 'root')
    for (const folder of ['tmp', 'proc', 'dev', 'etc']) mkdirSync(join(root, folder), { recursive: true })
    const flags = ['-std=gnu17', '-O1', '-Wall', '-static', '-pthread']
    await run('gcc', [...flags, join(sources, `${name}.c`), '-o', join(root, 'init')])
  }
})
