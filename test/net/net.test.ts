import { cpus } from 'node:os'
import { basename, join, relative } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run, tryRun } from '../../base/run.js'
import { cFiles, lwip, networkFlags, networkSources } from '../helpers/network-sources.js'
import { scratchFolder } from '../helpers/scratch.js'

const folder = join(packageRoot, 'test/net')

const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer']
const flags = ['-std=gnu17', '-O1', '-g', ...sanitizers, ...networkFlags, '-Wno-builtin-declaration-mismatch']
const strict = ['-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter']

// The kernel's own network code and lwIP, with lwIP's assertions, over a wire that the test makes (test/net/host.h): each other C
// file here is a program of the host that ends with status 0.
describe('the network on the host, under the address and undefined-behaviour sanitizers', function () {
  this.timeout(300_000)
  const scratch = scratchFolder()
  const objects: string[] = []

  before(async () => {
    const queue = networkSources()
    await Promise.all(cpus().map(() => compileFrom(queue)))
  })

  for (const name of cFiles(folder).filter((file) => file !== 'host.c')) {
    it(basename(name, '.c'), async () => {
      const program = join(scratch(), basename(name, '.c'))
      await run('gcc', [...flags, ...strict, '-o', program, join(folder, name), ...objects])
      for (const args of name === 'transfer.c' ? [[], ['offload']] : [[]]) {
        const { exitCode, stderr } = await tryRun(program, args, { timeout: 200_000 })
        expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: '' })
      }
    })
  }

  async function compileFrom(queue: string[]): Promise<void> {
    for (let source = queue.shift(); source !== undefined; source = queue.shift()) {
      const object = join(scratch(), `${relative(packageRoot, source).replaceAll('/', '_')}.o`)
      const warnings = source.startsWith(lwip) ? ['-w'] : strict
      await run('gcc', [...flags, ...warnings, '-c', source, '-o', object])
      objects.push(object)
    }
  }
})
