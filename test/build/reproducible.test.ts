import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { build } from '../../cli/pipeline.js'
import { scratchFolder } from '../helpers/scratch.js'

// Same input, same bytes: whenever, and wherever the project lies.
describe('reproducible builds', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()

  async function digests(folder: string): Promise<string[]> {
    const project = join(scratch(), folder)
    mkdirSync(project, { recursive: true })
    cpSync(join(packageRoot, 'examples/http'), project, { recursive: true })
    const result = await build({
      entries: [],
      targets: ['all'],
      env: { COLOUR: 'blue' },
      output: 'dist',
      cwd: project,
    })
    return result.artefacts.flatMap(({ target, files }) =>
      files.map((file) => `${target} ${file.path} ${file.sha256}`),
    )
  }

  it('twice in one folder', async () => expect(await digests('a')).to.deep.equal(await digests('a')))
  it('in two folders', async () => expect(await digests('b')).to.deep.equal(await digests('deeper/down/c')))

  it('every elf row holds the same app ELF', async () => {
    const project = join(scratch(), 'a')
    const result = await build({ entries: [], targets: ['all'], env: {}, output: 'dist', cwd: project })
    const rows = result.artefacts.filter((artefact) => artefact.carries === 'elf')
    expect(new Set(rows.map((artefact) => artefact.appSha256)).size).to.equal(1)
    expect(rows.length).to.be.greaterThan(2)
  })
})
