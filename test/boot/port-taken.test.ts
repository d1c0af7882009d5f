import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { boot } from '../../boot/boot.js'
import { freePort } from '../../boot/ports.js'
import { AppRun } from '../../boot/suite/app-run.js'
import { build } from '../../cli/pipeline.js'
import { scratchFolder } from '../helpers/scratch.js'

// Between the choice of a port and the app's bind somebody else may take it. That is no verdict on the app.
describe('a port that was taken in between', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  const other = createServer()
  let taken = 0
  before(async () => {
    await build({
      entries: ['examples/http'],
      targets: ['linux'],
      env: {},
      output: scratch(),
      cwd: packageRoot,
    })
    taken = await freePort()
    await new Promise<void>((resolve) => other.listen(taken, '0.0.0.0', resolve))
  })
  after(() => other.close())

  /** Tries these ports one after another. */
  function runOn(...ports: number[]): AppRun {
    const order = {
      ...({ target: 'linux', layer: 'static linking', carries: 'elf', way: '', traced: false } as const),
      ...{ serves: true, files: [], reference: undefined, timeout: 10 },
    }
    return new AppRun(order, async ({ onText, onRecord }) => {
      const port = ports.shift() ?? 0
      const forwards = [{ host: port, guest: port }]
      const options = {
        memory: 0,
        ports: forwards,
        accel: 'tcg',
        args: [],
        kernelWords: [],
        timeout: 0,
      } as const
      const recipe = { kind: 'process', file: join(scratch(), 'linux/http') } as const
      const guest = await boot(recipe, { ...options, env: { PORT: String(port) }, onText, onRecord })
      const ended = guest.ended.then((report) => ({ ...report, explanation: '' }))
      return { guest, ports: forwards, ended }
    })
  }

  it('is left for another', async () => {
    const run = runOn(taken, taken, await freePort())
    expect(await run.begin()).to.equal(true)
    expect(run.lives).to.have.length(1)
    await run.end()
  })

  it('is told when there is no other', async () => {
    const run = runOn(taken, taken, taken)
    expect(await run.begin()).to.equal(false)
    expect(run.last.text()).to.match(/EADDRINUSE/)
  })
})
