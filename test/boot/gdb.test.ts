import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { start, tryRun } from '../../base/run.js'
import { freePort } from '../../boot/ports.js'
import { build } from '../../cli/pipeline.js'
import { answersWithin } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needTool } from '../helpers/tool.js'

// The line that unik boot --gdb prints, typed into a shell: a kernel that gets its words from QEMU, and one that firmware starts.
describe('boot --gdb', function () {
  this.timeout(90_000)
  const scratch = scratchFolder()
  before(async () => {
    writeFileSync(join(scratch(), 'app.ts'), 'export default { fetch: () => new Response("hello") }\n')
    const targets = ['qemu', 'raw', 'linux']
    await build({ entries: ['app.ts'], targets, env: {}, output: 'dist', cwd: scratch() })
  })

  const boot = (target: string, port: number) => {
    const args = ['boot', join(scratch(), 'dist', target), '--gdb', '--accel', 'tcg', '-p', `${port}:8080`]
    return start(process.execPath, [join(packageRoot, 'bin/run.js'), ...args])
  }

  for (const target of ['qemu', 'raw'])
    it(`${target}: gdb stops in a function of the kernel and in one of the engine, and lets the app go on`, async function () {
      needTool(this, 'gdb', 'gdb')
      const port = await freePort()
      const guest = await boot(target, port)
      let told = ''
      guest.stderr.on('data', (text) => {
        told += text
      })
      try {
        while (!told.includes('\n')) await new Promise((resolve) => guest.stderr.once('data', resolve))
        const line = told.slice(0, told.indexOf('\n'))
        const commands = ['break elf_exec', 'break JS_NewRuntime2', 'continue', 'backtrace', 'continue']
        const more = [...commands, 'info symbol $pc', 'delete', 'detach'].map((each) => `-ex '${each}'`)
        const gdb = `${line.replace(/^gdb /, 'gdb -batch -nx ')} ${more.join(' ')}`
        const { stdout, stderr } = await tryRun('sh', ['-c', gdb], { timeout: 60_000 })
        expect(stdout, stderr)
          .to.match(/^Breakpoint 1, 0xffffffff8\w+ in elf_exec \(\)$/m)
          .and.to.match(/^#1 .* in kernel_main \(\)$/m)
          .and.to.match(/^JS_NewRuntime2 in section \.app$/m)
        expect(await answersWithin(`http://127.0.0.1:${port}/`, 20_000)).to.equal(true)
        guest.kill('SIGTERM')
        expect((await guest.ended).exitCode).to.equal(0)
      } finally {
        guest.kill('SIGKILL')
      }
    })

  it('is refused where there is no kernel', async () => {
    const { exitCode, stderr } = await tryRun(process.execPath, [
      ...[join(packageRoot, 'bin/run.js'), 'boot', join(scratch(), 'dist/linux'), '--gdb'],
    ])
    expect(exitCode).to.equal(2)
    expect(stderr).to.include('target linux boots no kernel')
  })
})
