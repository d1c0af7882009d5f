import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { replaceFolder } from '../../../base/replace-folder.js'
import { scratchFolder } from '../../helpers/scratch.js'

describe('replaceFolder', () => {
  const scratch = scratchFolder()

  it('leaves the old folder as it was when the new one cannot be put in its place', async () => {
    const parent = join(scratch(), 'parent')
    const folder = join(parent, 'app')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'file'), 'old')
    const failure = await replaceFolder(folder, async (part) => {
      renameSync(part, join(scratch(), 'gone'))
    }).catch((error: unknown) => error)
    expect(String(failure)).to.include(`cannot replace ${folder}`)
    expect(readFileSync(join(folder, 'file'), 'utf8')).to.equal('old')
    expect(readdirSync(parent)).to.deep.equal(['app'])
  })

  it('removes the folders above, too, that it had to make for nothing', async () => {
    const failure = await replaceFolder(join(scratch(), 'a/b/c'), async () => {
      throw new Error('no')
    }).catch((error: unknown) => error)
    expect(failure).to.have.property('message', 'no')
    expect(existsSync(join(scratch(), 'a'))).to.equal(false)
  })
})
