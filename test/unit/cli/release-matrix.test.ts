import { expect } from 'chai'
import type { Artefact } from '../../../cli/pipeline.js'
import { releaseMatrix } from '../../../cli/release-matrix.js'
import { waysOf } from '../../../cli/ways.js'

describe('the matrix of a release', () => {
  const artefacts = ['raw', 'qemu', 'firecracker', 'oci', 'workerd', 'linux', 'heroku'].map(artefact)

  it('has one job a row, with what its machines take', async () => {
    const { include } = await releaseMatrix(artefacts)
    expect(include.map(({ name, targets }) => `${name} ${targets}`)).to.deep.equal(
      artefacts.map(({ target }) => `${target} ${target}`),
    )
    expect(include.map(({ packages, npm }) => `${packages}|${npm}`)).to.deep.equal([
      'ovmf qemu-system-x86|',
      'qemu-system-x86|',
      'qemu-system-x86|',
      'runc skopeo umoci|',
      '|workerd',
      '|',
      'runc|',
    ])
  })

  it('shares rows out over as many jobs as asked for, each row once, and the same way each time', async () => {
    for (const jobs of [1, 2, 3, 4, 7]) {
      const { include } = await releaseMatrix(artefacts, jobs)
      expect(include).to.have.length(jobs)
      const targets = include.flatMap((job) => job.targets.split(','))
      expect(targets.toSorted()).to.deep.equal(artefacts.map(({ target }) => target).sort())
      expect(new Set(include.map(({ name }) => name)).size).to.equal(jobs)
      expect((await releaseMatrix(artefacts, jobs)).include).to.deep.equal(include)
    }
  })

  it('gives no job much more to start than another', async () => {
    const ways = new Map<string, number>()
    for (const each of artefacts) ways.set(each.target, (await waysOf(each)).length)
    expect(new Set(ways.values()).size, 'rows that are started in more ways than others').to.be.above(1)
    for (const jobs of [2, 3]) {
      const { include } = await releaseMatrix(artefacts, jobs)
      const loads = include.map(({ targets }) =>
        targets.split(',').reduce((sum, target) => sum + (ways.get(target) ?? Number.NaN), 0),
      )
      // What came last to the fullest job came when that had the least of all.
      expect(Math.max(...loads) - Math.min(...loads)).to.be.at.most(Math.max(...ways.values()))
    }
  })

  it('makes no job without a row', async () => {
    expect((await releaseMatrix(artefacts, 50)).include).to.have.length(7)
  })
})

function artefact(target: string): Artefact {
  const facts = { name: 'app', port: 8080, ports: [8080], memory: { minimum: 5, default: 32 } }
  return {
    ...{ target, layer: '', carries: 'elf', folder: `dist/${target}`, facts, files: [] },
    appSha256: undefined,
  }
}
