import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot, prebuilt } from '../../base/package-root.js'
import { tryRun } from '../../base/run.js'
import { link } from '../../linker/link.js'
import { runGuest } from '../helpers/boot.js'
import { scratchFolder } from '../helpers/scratch.js'
import { compile, input } from './toolchain.js'

// What every app is linked with ends a program whose memory was damaged, before the damage can be made use of.
describe('misuse of memory by an app', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  const program = () => join(scratch(), 'root/init')
  before(async () => {
    const source = readFileSync(join(packageRoot, 'test/link/fixtures/misuse.c'), 'utf8')
    const object = await compile(scratch(), 'misuse.c', source, [
      '-fhosted',
      '-fno-builtin',
      '-fstack-protector-strong',
    ])
    const libraries = ['start.o', 'libmimalloc.a', 'libc.a', 'libgcc.a'].map((name) => prebuilt('app', name))
    const image = link([object, ...libraries].map(input), { output: 'static-pie' })
    mkdirSync(join(scratch(), 'root'))
    writeFileSync(program(), image.bytes, { mode: 0o755 })
  })

  // 134: SIGABRT; the C library ends a program whose stack was smashed by an instruction that is not allowed.
  const ways = {
    none: [0, ''],
    'free-twice': [134, 'SIGABRT'],
    'write-after-free': [134, 'SIGABRT'],
  } as const
  const more = { overflow: [134, 'SIGABRT'], 'smash-stack': [139, 'SIGSEGV'] } as const
  for (const [way, [status, signal]] of Object.entries({ ...ways, ...more })) {
    it(`${way} on Linux`, async () => {
      const result = await tryRun(program(), [way])
      expect(result.signal ?? '').to.equal(signal)
    })

    it(`${way} in the guest`, async () => {
      const rootfs = { folder: join(scratch(), 'root'), init: '/init' }
      const { text, report } = await runGuest({ rootfs, output: join(scratch(), 'dist'), args: [way] })
      expect(report.status).to.equal(status)
      if (signal !== '') expect(text).to.include(`killed by ${signal}`)
    })
  }
})
