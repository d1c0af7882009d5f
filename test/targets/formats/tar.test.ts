import { lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { run } from '../../../base/run.js'
import { gzip } from '../../../targets/formats/gzip.js'
import { readTar, writeTar } from '../../../targets/formats/tar.js'
import { scratchFolder } from '../../helpers/scratch.js'
import { needReader } from '../../helpers/tool.js'
import { sampleTree } from './sample-tree.js'

const packages = { tar: 'tar', bsdtar: 'libarchive-tools' }

describe('tar, gzip and other readers', () => {
  const scratch = scratchFolder()

  for (const [program, name] of Object.entries(packages))
    it(`${program} extracts what we write, compressed`, async () => {
      const folder = join(scratch(), program)
      mkdirSync(folder)
      writeFileSync(`${folder}.tgz`, gzip(writeTar(sampleTree)))
      const { stderr } = await run(needReader(program, name), ['-xpzf', `${folder}.tgz`], {
        cwd: folder,
      })
      expect(stderr.replace(/^.*(implausibly old time stamp|Archive value).*\n/gm, '')).to.equal('')
      for (const { path, type, mode, data, target } of sampleTree) {
        const file = join(folder, path)
        if (type === 'symlink') expect(readlinkSync(file), path).to.equal(target)
        else expect(lstatSync(file).mode & 0o7777, path).to.equal(mode)
        if (type === 'file') expect(readFileSync(file).equals(data ?? new Uint8Array()), path).to.equal(true)
      }
    })

  it('gzip finds no mistake', async () => {
    const file = join(scratch(), 'tested.gz')
    writeFileSync(file, gzip(writeTar(sampleTree)))
    await run(needReader('gzip', 'gzip'), ['-t', file])
    expect(readTar(gunzipSync(readFileSync(file)))).to.have.length(sampleTree.length)
  })

  for (const format of ['ustar', 'pax'])
    it(`we read what GNU tar writes as ${format}`, async () => {
      const folder = join(scratch(), format)
      const long = `${'folder/'.repeat(18)}name`
      mkdirSync(join(folder, long), { recursive: true })
      writeFileSync(join(folder, long, 'file'), 'text')
      const archive = join(scratch(), `${format}.tar`)
      await run(needReader('tar', 'tar'), [`--format=${format}`, '-cf', archive, '-C', folder, '.'])
      const file = readTar(readFileSync(archive)).find(({ type }) => type === 'file')
      expect(file?.path).to.equal(`${long}/file`)
      expect(Buffer.from(file?.data ?? []).toString()).to.equal('text')
    })
})
