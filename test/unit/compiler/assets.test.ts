import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { readAssets } from '../../../compiler/assets.js'

describe('readAssets', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'unik-assets-'))
    mkdirSync(join(folder, 'views'))
    mkdirSync(join(folder, 'empty'))
    writeFileSync(join(folder, 'views/index.html'), '<p>')
    writeFileSync(join(folder, 'b.bin'), Uint8Array.of(0, 255))
    writeFileSync(join(folder, 'B.txt'), '')
  })
  after(() => rmSync(folder, { recursive: true }))

  it('reads a folder, sorted by path, whatever the order on disk', () => {
    const { assets, problems } = readAssets(folder)
    expect(problems).to.deep.equal([])
    expect(assets.map(({ path, data }) => [path, [...data]])).to.deep.equal([
      ['B.txt', []],
      ['b.bin', [0, 255]],
      ['views/index.html', [60, 112, 62]],
    ])
  })

  it('reads a list, under the names given', () => {
    const { assets } = readAssets([{ path: 'data/x', file: join(folder, 'b.bin') }])
    expect(assets).to.deep.equal([{ path: 'data/x', data: Uint8Array.of(0, 255) }])
  })

  it('names every file that is missing', () => {
    const { problems } = readAssets(['x', 'y'].map((path) => ({ path, file: join(folder, path) })))
    expect(problems.map(({ text }) => text.slice(0, 25))).to.deep.equal([
      'cannot read the asset x: ',
      'cannot read the asset y: ',
    ])
    expect(readAssets(join(folder, 'nope')).problems[0]?.text).to.match(/^no such folder of assets: .*nope$/)
  })

  it('refuses a path that leads elsewhere, and two files of one path', () => {
    for (const path of ['../x', '/etc/x', 'a//b', 'a/./b', ''])
      expect(readAssets([{ path, file: join(folder, 'b.bin') }]).problems, path).to.have.length(1)
    const twice = [1, 2].map(() => ({ path: 'x', file: join(folder, 'b.bin') }))
    expect(readAssets(twice).problems[0]?.text).to.equal('two assets have the path x')
  })
})
