import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { sha256File } from '../../../base/sha256-file.js'
import { aboutApp } from '../../../cli/config/about.js'
import type { Artefact } from '../../../cli/pipeline.js'
import type { Unwatched } from '../../../cli/sbom/contents.js'
import { writeArtefacts } from '../../../cli/write-artefact.js'
import { sparseImage } from '../../../targets/formats/sparse-image.js'
import { writeDisk } from '../../../targets/lib/disk.js'
import type { Target } from '../../../targets/lib/target.js'
import { scratchFolder } from '../../helpers/scratch.js'

const size = 100 * 2 ** 20
const made = {
  name: 'app',
  port: undefined,
  ports: [],
  apps: [],
  memory: { minimum: 1, default: 1 },
  about: aboutApp('app', {}, {}),
} as unknown as Unwatched

const into = (output: string) => ({ made, program: undefined, options: {}, appSha256: undefined, output })

describe('writing artefacts', () => {
  const scratch = scratchFolder()

  it('tells the digest of a large image with its holes, taken over from the last build only for the same bytes', async () => {
    const output = join(scratch(), 'digest')
    const digests: unknown[] = []
    for (const byte of [1, 1, 2]) {
      const [artefact] = await writeArtefacts([diskTarget('disk', byte)], into(output))
      const file = artefact?.files.find(({ path }) => path === 'disk.img')
      expect(file?.sha256).to.equal(sha256File(join(output, 'disk/disk.img')))
      digests.push(file?.sha256)
    }
    expect(digests[1]).to.equal(digests[0])
    expect(digests[2]).to.not.equal(digests[0])
  })

  it('does not hash again what the last build has hashed', async () => {
    const output = join(scratch(), 'again')
    const build = () => writeArtefacts([diskTarget('disk', 1)], into(output))
    const [first] = await build()
    const description = join(output, 'disk/unik.json')
    const marked = 'ab'.repeat(32)
    const text = readFileSync(description, 'utf8').replace(digestOf(first), marked)
    writeFileSync(description, text)
    expect(digestOf((await build())[0])).to.equal(marked)
    writeFileSync(description, text.replace(marked, 'nothing of the kind'))
    expect(digestOf((await build())[0])).to.equal(digestOf(first))
  })

  it('keeps the order of the targets, whichever is ready first', async () => {
    const targets = [diskTarget('slow', 1), textTarget('quick'), diskTarget('slower', 2)]
    const artefacts = await writeArtefacts(targets, into(join(scratch(), 'order')))
    expect(artefacts.map(({ target }) => target)).to.deep.equal(['slow', 'quick', 'slower'])
  })

  it('replaces no folder of somebody else, and then writes nothing at all', async () => {
    const output = join(scratch(), 'foreign')
    const source = join(output, 'web')
    mkdirSync(source, { recursive: true })
    const targets = [textTarget('linux'), textTarget('web')]
    await writeArtefacts(targets, into(output)) // empty is nobody's
    rmSync(join(source, 'unik.json'))
    rmSync(join(output, 'linux'), { recursive: true })
    const failure = await writeArtefacts(targets, into(output)).catch((error: unknown) => error)
    expect(String(failure)).to.include(`${source} is not an artefact of unik`)
    expect(readdirSync(output)).to.deep.equal(['web'])
    expect(readdirSync(source)).to.include('text')
  })

  it('begins nothing after a failure, and leaves no half-written folder', async () => {
    const output = join(scratch(), 'failure')
    const failing: Target = {
      ...textTarget('failing'),
      write() {
        throw new Error('no room')
      },
    }
    const targets = [diskTarget('before', 1), failing, textTarget('after')]
    const failure = await writeArtefacts(targets, into(output)).catch((error: unknown) => error)
    expect(failure).to.be.an('error').with.property('message', 'no room')
    expect(readdirSync(output)).to.deep.equal(['before'])
    expect(existsSync(join(output, 'before/unik.json'))).to.equal(true)
  })
})

function digestOf(artefact: Artefact | undefined): string {
  return artefact?.files.find(({ path }) => path === 'disk.img')?.sha256 ?? 'absent'
}

function target(name: string, write: Target['write']): Target {
  return {
    ...{ name, write, layer: 'VM image', summary: '', carries: 'elf', proof: 'run as what it is' },
    ...{ artefact: 'a disk', platform: 'none', varies: [] },
    recipe: () => ({ kind: 'process', file: '' }),
  }
}

function diskTarget(name: string, byte: number): Target {
  const pieces = [0, 5_000_000].map((offset) => ({ offset, data: new Uint8Array(10_000).fill(byte) }))
  return target(name, (_, folder) => writeDisk(folder, 'disk.img', sparseImage(size, pieces)))
}

function textTarget(name: string): Target {
  return target(name, (_, folder) => writeFileSync(join(folder, 'text'), name))
}
