import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { scratchFolder } from '../helpers/scratch.js'
import { failingKernel } from './kernel.js'
import { type FailingImage, failingImage, httpApp, type Outcome, runProgram, runServer } from './sweep.js'

const SECONDS = 90
// Ways to an allocator, by their order in a boot and one request: device, root, /dev, network, program, first thread, sockets. A
// program's own are behind those of the boot. `npm run fail-alloc` has them all.
const OF_HTTP = [1, 4, 10, 16, 30, 35, 40, 47, 52, 58, 64, 70, 80, 90]
const PROGRAMS: Readonly<Record<string, readonly number[]>> = {
  file: [45, 52, 58],
  pipe: [48, 55],
  'epoll-level': [50, 58],
}

// Whatever allocation fails: an error or a report, never a fault in the kernel, a hang or a reset.
describe('an allocation of the kernel that fails', function () {
  this.timeout(200_000)
  const scratch = scratchFolder()
  let runtime: Awaited<ReturnType<typeof failingKernel>>
  let server: FailingImage

  before(async () => {
    runtime = await failingKernel(scratch())
    server = await failingImage(runtime, scratch(), await httpApp(scratch()))
  })

  it('a server whose memory does not fail answers', async () => {
    expect((await runServer(server, '', SECONDS)).kind).to.equal('unreached')
  })

  for (const n of OF_HTTP)
    it(`on the way to the first answer: path ${n}`, async () => {
      survived(await runServer(server, `fail-stack=${n}`, SECONDS))
    })

  for (const [name, paths] of Object.entries(PROGRAMS))
    it(`in system calls of ${name}: paths ${paths.join(', ')}`, async () => {
      const folder = join(scratch(), name)
      mkdirSync(folder)
      const init = join(packageRoot, 'test/syscalls', `${name}.c`)
      const image = await failingImage(runtime, folder, init)
      for (const n of paths) survived(await runProgram(image, `fail-stack=${n}`, SECONDS))
    })
})

function survived(outcome: Outcome): void {
  expect(outcome.kind, `${outcome.where}\n${outcome.text}`).to.be.oneOf(['bore', 'told'])
}
