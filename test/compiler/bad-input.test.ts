import { join } from 'node:path'
import { expect } from 'chai'
import { compile } from '../../compiler/compile.js'
import {
  catalogue,
  compileFiles,
  compileText,
  failure,
  makeProject,
  place,
  removeProjects,
} from './project.js'

describe('compile: bad input ends in one explained failure', () => {
  after(removeProjects)

  it('an entry that does not exist, and one that is a folder', async () => {
    const root = makeProject({})
    const missing = await failure(compile({ entry: join(root, 'nope.ts'), name: 'app', catalogue }))
    expect(missing.message).to.match(/^no such entry: .*nope\.ts$/)
    expect(missing.hint).to.contain('TypeScript')
    const folder = await failure(compile({ entry: root, name: 'app', catalogue }))
    expect(folder.message).to.match(/^the entry is not a file/)
  })

  it('a syntax error', async () => {
    const error = await failure(compileText('const a = 1\n\tconst "é" = = 2\n'))
    expect(error.message).to.equal('Expected identifier but found "\\"é\\""')
    expect(place(error)).to.equal('src/index.ts:2:8')
    expect(error.detail).to.contain('> 2 | \tconst "é" = = 2\n    | \t      ^^^\n')
    expect(error.status).to.equal(1)
  })

  it('imports that do not resolve, all at once', async () => {
    const error = await failure(compileText("import './nope'\nimport 'left-pad'\nimport '@a/b/c'\n"))
    expect(error.message).to.equal('Could not resolve "./nope" (the first of 3 problems)')
    expect(place(error)).to.equal('src/index.ts:1:8')
    expect(error.hint).to.contain('there is no such file')
    expect(error.detail).to.contain('src/index.ts:2:8: Could not resolve "left-pad"')
    expect(error.detail)
      .to.contain('npm install left-pad\n')
      .and.to.match(/npm install @a\/b$/)
  })

  it('syntax that only the engine refuses', async () => {
    const error = await failure(compileText('const é = 1\nexport const found = [/é/u, /(?<n>a/]\n'))
    expect(error.message).to.match(/^the engine cannot compile this: /)
    expect(place(error)).to.equal('src/index.ts:2:29')
    expect(error.detail).to.contain('> 2 | export const found')
  })

  it('code nested too deeply for the parser', async () => {
    const error = await failure(compileText(`export const x = ${'['.repeat(5000)}${']'.repeat(5000)}\n`))
    expect(error.message).to.equal('the engine cannot compile this: nested too deeply for the parser')
  })

  it('a missing asset, together with what else is wrong', async () => {
    const error = await failure(
      compileFiles({ 'src/index.ts': 'alert(1)' }, { assets: [{ path: 'x.html', file: '/nowhere/x.html' }] }),
    )
    expect(error.message).to.equal('alert is not in the engine (the first of 2 problems)')
    expect(error.detail).to.contain('cannot read the asset x.html')
  })

  it('a native addon', async () => {
    const error = await failure(compileFiles({ 'src/index.ts': "import './a.node'", 'src/a.node': '' }))
    expect(error.hint).to.contain('native addon')
  })
})
