import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { qmp } from '../../boot/qmp.js'
import { explained } from '../../cli/boot-session.js'
import type { QemuRecipe } from '../../targets/lib/recipe.js'
import { type GuestResult, runGuest, startGuest } from '../helpers/boot.js'
import { scratchFolder } from '../helpers/scratch.js'

// How a run ends reaches the shell, on the machine and as a process alike.
describe('endings', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()

  function run(source: string, target: string, changes: object = {}): Promise<GuestResult> {
    writeFileSync(join(scratch(), 'app.ts'), source)
    return runGuest({
      subject: 'app.ts',
      target,
      output: join(scratch(), 'dist'),
      cwd: scratch(),
      ...changes,
    })
  }

  for (const target of ['qemu', 'linux']) {
    it(`a script's output and status 0 (${target})`, async () => {
      const { text, report } = await run('console.log("hello")\n', target)
      expect(text.replaceAll('\r', '')).to.equal('hello\n')
      expect(report).to.include({ verdict: 'exited', status: 0 })
    })

    it(`process.exit(200) (${target})`, async () => {
      expect((await run('process.exit(200)\n', target)).report.status).to.equal(200)
    })

    it(`an uncaught error: status 1, with the stack in the user's file (${target})`, async () => {
      const { text, report } = await run(
        '// one\n\nfunction fail(): never {\n  throw new Error("no luck")\n}\nfail()\n',
        target,
      )
      expect(report.status).to.equal(1)
      expect(text)
        .to.match(/Error: no luck/)
        .and.to.match(/fail \(app\.ts:4:\d+\)/)
        .and.to.match(/app\.ts:6:\d+/)
    })

    it(`an unhandled rejection: status 1 (${target})`, async () => {
      const { text, report } = await run('Promise.reject(new TypeError("nobody"))\n', target)
      expect(report.status).to.equal(1)
      expect(text).to.match(/TypeError: nobody/)
    })

    it(`arguments and environment arrive (${target})`, async () => {
      const { text } = await run(
        'console.log(process.argv.slice(2).join("|"), process.env.COLOUR, process.env.HOME)\n',
        target,
        {
          args: ['a b', 'c'],
          env: { COLOUR: 'deep blue', HOME: '/home' },
        },
      )
      expect(text).to.match(/^a b\|c deep blue \/home\r?$/m)
    })

    it(`Ctrl-C ends an app that does not listen for it with 130 (${target})`, async () => {
      writeFileSync(join(scratch(), 'app.ts'), 'setInterval(() => {}, 1000)\nconsole.log("up")\n')
      let isUp = () => {}
      const up = new Promise<void>((resolve) => {
        isUp = resolve
      })
      const session = await startGuest({
        subject: 'app.ts',
        target,
        output: join(scratch(), 'dist'),
        cwd: scratch(),
        onText: () => isUp(),
      })
      await up
      session.guest.interrupt()
      expect((await session.ended).status).to.equal(130)
    })
  }

  it('a guest that hangs: 124', async () => {
    const { report } = await run('for (;;);\n', 'qemu', { timeout: 2 })
    expect(report).to.include({ verdict: 'hung', status: 124 })
    expect(explained(report)).to.match(/to repeat this run: .*qemu-system-x86_64/)
  })

  it('a guest that panics: 134, a backtrace with names, and how to repeat it', async () => {
    writeFileSync(join(scratch(), 'app.ts'), 'setInterval(() => {}, 1000)\nconsole.log("up")\n')
    const control = join(scratch(), 'qmp')
    let asked = false
    const session = await startGuest({
      subject: 'app.ts',
      output: join(scratch(), 'dist'),
      cwd: scratch(),
      onText: (text) => {
        if (!text.includes('\n') || asked) return
        asked = true
        // What no program and no device of ours causes; by then the app sleeps, so that the kernel has a backtrace to show.
        setTimeout(() => void qmp(control, 'inject-nmi'), 200)
      },
      emulatorArgs: ['-qmp', `unix:${control},server=on,wait=off`],
    })
    const report = await session.ended
    expect(report).to.include({ verdict: 'panicked', status: 134 })
    expect(report.lines.map((line) => line.text).join('\n')).to.match(/panic/i)
    expect(explained(report))
      .to.match(/^ {2}\w+\+0x[0-9a-f]+ {2}\(0x/m)
      .and.to.match(/to repeat this run: .*qemu-system-x86_64/)
  })

  it('an init that is not there: 127, as a shell has it', async () => {
    const { text, report } = await run('console.log(1)\n', 'qemu', { kernelWords: ['init=/absent'] })
    expect(report.status).to.equal(127)
    expect(text).to.match(/\/absent/)
  })

  it('no NIC and no entropy device: the kernel says so and goes on', async () => {
    const { text, report } = await run('console.log("still here")\n', 'qemu', {
      adaptRecipe: (recipe: QemuRecipe): QemuRecipe => ({ ...recipe, nic: undefined, rng: undefined }),
    })
    expect(text).to.match(/network/i)
    expect(text).to.match(/still here/)
    expect(report.status).to.equal(0)
  })

  const server = 'export default { fetch: () => new Response("hi") }\n'
  const withNic = (nic: string | undefined) => (recipe: QemuRecipe) => ({
    ...recipe,
    nic,
    rng: undefined,
    machine: 'q35',
  })

  it('a server without a NIC ends: status 1, and why', async () => {
    const { text, report } = await run(server, 'qemu', { adaptRecipe: withNic(undefined) })
    expect(text)
      .to.match(/no network card was found/)
      .and.match(/net=optional/)
    expect(report.status).to.equal(1)
  })

  it('a server with a NIC that nobody drives ends: status 1, and which card it is', async () => {
    const { text, report } = await run(server, 'qemu', { adaptRecipe: withNic('pcnet,romfile=') })
    expect(text).to.match(/found PCI 1022:2000, for which no driver is linked/)
    expect(report.status).to.equal(1)
  })
})
