import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run, tryRun } from '../../base/run.js'
import { runGuest } from '../helpers/boot.js'
import { scratchFolder } from '../helpers/scratch.js'

// A program that begins with "#!" is run by the one that it names. On Linux and in the guest the same files lie at the same paths.
describe('script as the program', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const at = (name: string) => join(scratch(), 'files', name)

  before(async () => {
    mkdirSync(at(''), { recursive: true })
    await run('gcc', ['-O1', '-static', '-o', at('show'), join(packageRoot, 'test/boot/script.c')])
    script('plain', `#!${at('show')}\nthe rest is for it to read\n`)
    script('argument', `#! \t${at('show')}  one argument \t\nmore\n`)
    script('nested', `#!${at('plain')} -x`)
    script('nobody', '#!\n')
    cpSync(at(''), join(scratch(), 'root', at('')), { recursive: true })
  })

  for (const name of ['plain', 'argument', 'nested'])
    it(`${name}: the same arguments as on Linux`, async () => {
      const linux = await tryRun(at(name), ['first', 'second'])
      const { text, report } = await guest(name, ['first', 'second'])
      expect(text.replaceAll('\r', '').trim(), report.explanation).to.equal(linux.stdout.trim())
      expect(report.status).to.equal(linux.exitCode)
    })

  it('tells of one that names nothing', async () => {
    const { text, report } = await guest('plain', [], [`init=${at('nobody')}`])
    expect(report.status).to.equal(126)
    expect(text).to.match(/cannot run \S+\/nobody: no program is found behind its #!/)
  })

  it('is refused by the build when what it names is not there', async () => {
    writeFileSync(join(scratch(), 'root/lost'), '#!/usr/bin/nothing -x\n')
    const failure = await runGuest({ rootfs: { folder: join(scratch(), 'root'), init: '/lost' } }).catch(
      (error: Error) => error,
    )
    expect(String(failure)).to.include(
      '--init /lost begins with #!/usr/bin/nothing, which is not in the rootfs',
    )
  })

  function script(name: string, text: string): void {
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), text, { mode: 0o755 })
  }

  function guest(name: string, args: string[], kernelWords: string[] = []) {
    const rootfs = { folder: join(scratch(), 'root'), init: at(name) }
    return runGuest({ rootfs, output: join(scratch(), 'dist'), args, kernelWords }, 60_000)
  }
})
