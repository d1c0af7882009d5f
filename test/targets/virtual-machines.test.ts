import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../base/run.js'
import { build } from '../../cli/pipeline.js'
import { scratchFolder } from '../helpers/scratch.js'
import { expectServed } from '../helpers/served.js'

const targets = ['ami', 'hyperv', 'openstack', 'proxmox', 'virtualbox', 'vmware']

describe('virtual machines', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const artefact = (path: string) => join(scratch(), 'dist', path)
  const entries = ['app.ts']
  before(async () => {
    writeFileSync(join(scratch(), 'app.ts'), 'export default { fetch: () => new Response("hello") }\n')
    const request = { entries, targets: ['linux', ...targets], env: {}, cwd: scratch() }
    await build({ ...request, output: 'dist' })
    await build({ ...request, output: 'again' })
  })

  it('read a large root file system from their disks', async () => {
    const root = join(scratch(), 'root')
    mkdirSync(root)
    copyFileSync(artefact('linux/app'), join(root, 'init'))
    writeFileSync(join(root, 'data'), Buffer.alloc(9 << 20, 'unik'))
    const rootfs = { folder: root, init: '/init' }
    await build({ entries: [], rootfs, targets, env: {}, output: 'large', cwd: scratch() })
    for (const target of targets) await expectServed(join(scratch(), 'large', target), 'hello')
  })

  it('are files of at most 3 MiB on the host, and the same when built again', async () => {
    for (const target of targets) {
      const { stdout } = await run('du', ['-ak', artefact(target)])
      for (const [line, size] of stdout.matchAll(/^(\d+)\t.*app.*$/gm))
        expect(Number(size), line).to.be.at.most(3 << 10)
      await run('cmp', [artefact(`${target}/unik.json`), join(scratch(), 'again', target, 'unik.json')])
    }
  })
})
