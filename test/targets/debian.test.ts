import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Context } from 'mocha'
import { packageRoot } from '../../base/package-root.js'
import { run, start, tryRun } from '../../base/run.js'
import { freePort } from '../../boot/ports.js'
import { build } from '../../cli/pipeline.js'
import { answersWithin, ask } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needRoot, skip } from '../helpers/tool.js'

// One package for several releases: the releases themselves install it, run it and remove it.
describe('the deb package in', function () {
  this.timeout(180_000)
  const scratch = scratchFolder()
  let file = ''
  before(async () => {
    writeFileSync(join(scratch(), 'shop.ts'), 'export default { fetch: () => new Response("hello") }\n')
    const request = { targets: ['deb'], env: { GREETING: 'hi' }, output: 'dist', cwd: scratch() }
    await build({ ...request, entries: ['shop.ts'] })
    const folder = join(scratch(), 'dist/deb')
    file = join(folder, readdirSync(folder).find((name) => name.endsWith('.deb')) ?? '')
  })

  for (const suite of ['bookworm', 'trixie'])
    it(`${suite}: apt installs it, it runs as its user, dpkg removes it without a trace`, async function () {
      needRoot(this)
      const root = needDebian(this, suite)
      const inRoot = (...command: string[]) =>
        run('chroot', [root, ...command], { env: { DEBIAN_FRONTEND: 'noninteractive', PATH: path } })
      await inRoot('dpkg', '--purge', '--force-all', 'shop') // of a run that was ended
      const before = await filesOf(root)
      copyFileSync(file, join(root, 'shop.deb'))
      await inRoot('apt-get', '--yes', 'install', '/shop.deb')
      rmSync(join(root, 'shop.deb'))
      expect((await inRoot('dpkg', '--status', 'shop')).stdout).to.include('Status: install ok installed\n')
      expect((await inRoot('dpkg', '--verify', 'shop')).stdout).to.equal('')
      expect(readdirSync(join(root, 'etc/systemd/system/multi-user.target.wants'))).to.include('shop.service')
      expect(await servedFrom(root)).to.equal('hello')
      await inRoot('dpkg', '--purge', 'shop')
      expect(await filesOf(root)).to.deep.equal(before)
    })
})

const path = '/usr/sbin:/usr/bin:/sbin:/bin'

/** Which the set-up made by debootstrap. */
function needDebian(test: Context, suite: string): string {
  const root = join(packageRoot, '.cache/roots', suite)
  return existsSync(join(root, 'etc/debian_version'))
    ? root
    : skip(test, 'needs the package debootstrap, and npm run setup -- --test as root')
}

/** Names of the system's own files, but for what apt and dpkg keep of their work. */
async function filesOf(root: string): Promise<string[]> {
  const { stdout } = await tryRun('find', ['etc', 'usr', 'lib/systemd', 'var/lib/systemd'], { cwd: root })
  return stdout.split('\n').sort()
}

/** What the unit's ExecStart answers, as a user without rights, with the environment that the unit names. */
async function servedFrom(root: string): Promise<string> {
  const unit = readFileSync(join(root, 'usr/lib/systemd/system/shop.service'), 'utf8')
  const program = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? ''
  const settings = /^EnvironmentFile=-(.*)$/m.exec(unit)?.[1] ?? ''
  const port = await freePort()
  const script = `set -a; . ${settings}; exec ${program}`
  const service = await start('chroot', ['--userspec=61184:61184', root, '/bin/sh', '-c', script], {
    env: { PATH: path, PORT: String(port) },
  })
  const url = `http://127.0.0.1:${port}/`
  const text = (await answersWithin(url, 30_000)) ? await ask(url) : ''
  service.kill('SIGTERM')
  expect(await service.ended).to.include({ exitCode: 0 })
  return text
}
