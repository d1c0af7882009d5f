import { lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../../base/run.js'
import { readCpio, writeCpio } from '../../../targets/formats/cpio.js'
import { scratchFolder } from '../../helpers/scratch.js'
import { needReader } from '../../helpers/tool.js'
import { sampleTree } from './sample-tree.js'

const extract: Readonly<Record<string, { package: string; args: (archive: string) => readonly string[] }>> = {
  cpio: { package: 'cpio', args: (archive) => ['-i', '--no-absolute-filenames', '-F', archive] },
  busybox: { package: 'busybox-static', args: (archive) => ['cpio', '-i', '-F', archive] },
  bsdtar: { package: 'libarchive-tools', args: (archive) => ['-xpf', archive] },
}

describe('cpio and other readers', () => {
  const scratch = scratchFolder()

  for (const [program, { package: name, args }] of Object.entries(extract))
    it(`${program} extracts what we write`, async () => {
      const folder = join(scratch(), program)
      mkdirSync(folder)
      writeFileSync(`${folder}.cpio`, writeCpio(sampleTree))
      await run(needReader(program, name), args(`${folder}.cpio`), { cwd: folder })
      for (const { path, type, mode, data, target } of sampleTree) {
        const file = join(folder, path)
        if (type === 'symlink') expect(readlinkSync(file), path).to.equal(target)
        else expect(lstatSync(file).mode & 0o7777, path).to.equal(mode)
        if (type === 'file') expect(readFileSync(file).equals(data ?? new Uint8Array()), path).to.equal(true)
      }
    })

  it('GNU cpio finds nothing to complain about', async () => {
    const archive = join(scratch(), 'listed.cpio')
    writeFileSync(archive, writeCpio(sampleTree))
    const { stdout, stderr } = await run(needReader('cpio', 'cpio'), ['-tv', '-F', archive])
    expect(stderr).to.match(/^\d+ blocks\n$/)
    expect(stdout).to.match(/^-rwsr-xr-x +1 root +root +10000 Jan +1 +1970 init$/m)
  })

  it('we read what GNU cpio writes', async () => {
    const folder = join(scratch(), 'foreign')
    mkdirSync(join(folder, 'a'), { recursive: true })
    writeFileSync(join(folder, 'a/b'), 'text')
    const archive = join(scratch(), 'foreign.cpio')
    const options = { cwd: folder, input: './a\n./a/b\n' }
    await run(needReader('cpio', 'cpio'), ['-o', '-H', 'newc', '-F', archive], options)
    const entries = readCpio(readFileSync(archive))
    expect(entries.map(({ path, type }) => `${path} ${type}`)).to.deep.equal(['a dir', 'a/b file'])
    expect(Buffer.from(entries[1]?.data ?? []).toString()).to.equal('text')
  })
})
