import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Unavailable } from '../../base/unavailable.js'
import { type BuildResult, build } from '../../cli/pipeline.js'
import { allTargets } from '../../cli/targets.js'
import { findWay, waysOf } from '../../cli/ways.js'
import { scratchFolder } from '../helpers/scratch.js'
import { expectServed } from '../helpers/served.js'

// Every row of the table in every way in which its platform starts it: it answers, and ends well when the platform tells it to.
const targets = await allTargets()

describe('ways to start', function () {
  this.timeout(180_000)
  const scratch = scratchFolder()
  let built: BuildResult
  before(async () => {
    const output = join(scratch(), 'dist')
    built = await build({ entries: ['examples/http'], targets: ['all'], env: {}, output, cwd: process.cwd() })
  })

  for (const { name } of targets)
    it(name, async function () {
      const artefact = built.artefacts.find(({ target }) => target === name)
      if (artefact === undefined) expect.fail('it was not built')
      for (const way of await waysOf(artefact))
        try {
          await expectServed(artefact.folder, 'Hello from unik\n', { way: way.name || undefined })
        } catch (error) {
          if (!(error instanceof Unavailable)) throw error
          if (this.test !== undefined) this.test.title += ` (${way.name} needs ${error.needs})`
          this.skip()
        }
    })

  it('are told by a README of each row, with commands that name its files', () => {
    for (const { target, folder, files } of built.artefacts) {
      const page = readFileSync(join(folder, 'README.md'), 'utf8')
      const commands = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text).join('')
      const names = files.map(({ path }) => path.split('/')[0] ?? '')
      expect(
        names.some((name) => commands.includes(name)),
        `${target}: ${commands}`,
      ).to.equal(true)
    }
  })

  it('are found by name, and listed when there is none of that name', () => {
    const recipe = { kind: 'process', file: 'app' } as const
    const ways = ['BIOS', 'UEFI'].map((name) => ({ name, recipe }))
    expect(findWay(ways, 'raw', undefined)).to.equal(ways[0])
    expect(findWay(ways, 'raw', 'uefi')).to.equal(ways[1])
    expect(() => findWay(ways, 'raw', 'TFTP'))
      .to.throw('target raw is not started as "TFTP"')
      .with.property('hint', 'it is started as "BIOS", "UEFI"')
    expect(() => findWay([{ name: '', recipe }], 'linux', 'BIOS'))
      .to.throw()
      .with.property('hint', 'there is one way to start it: leave --as out')
  })
})
