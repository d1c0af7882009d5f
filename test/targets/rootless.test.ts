import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run, start, tryRun } from '../../base/run.js'
import { freePort } from '../../boot/ports.js'
import { build } from '../../cli/pipeline.js'
import { answersWithin } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needRoot } from '../helpers/tool.js'

const somebody = ['--reuid', '61000', '--regid', '61000', '--clear-groups']

// Root gives itself up to be somebody else.
describe('without root', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  before(async function () {
    needRoot(this)
    const asSomebody = await tryRun('setpriv', [
      ...somebody,
      'unshare',
      '-r',
      'cat',
      `${packageRoot}/bin/run.js`,
    ])
    if (asSomebody.exitCode !== 0) this.skip() // no namespaces for users here, or no way for them to this program
    writeFileSync(join(scratch(), 'app.ts'), 'export default { fetch: () => new Response("hello") }\n')
    await build({
      entries: ['app.ts'],
      targets: ['deb', 'oci', 'wsl'],
      env: {},
      output: 'dist',
      cwd: scratch(),
    })
    chmodSync(scratch(), 0o755)
    await run('chown', ['-R', '61000:61000', scratch()])
  })

  for (const target of ['deb', 'oci', 'wsl'])
    it(`${target} runs in a namespace of users, and says so`, async () => {
      const port = await freePort()
      const args = ['boot', join(scratch(), 'dist', target), '-p', `${port}:8080`]
      const command = [process.execPath, join(packageRoot, 'bin/run.js'), ...args]
      const unik = await start('setpriv', [...somebody, ...command], {
        cwd: scratch(),
        env: { HOME: scratch(), SHELL: undefined }, // as in a container: neither a shell nor an entry in /etc/passwd
      })
      let told = ''
      unik.stderr.on('data', (text) => {
        told += text
      })
      const answered = await answersWithin(`http://127.0.0.1:${port}/`, 20_000)
      unik.kill('SIGTERM')
      expect((await unik.ended).exitCode, told).to.equal(0)
      expect(answered, told).to.equal(true)
      expect(told).to.include('without root all of it is one user')
    })
})
