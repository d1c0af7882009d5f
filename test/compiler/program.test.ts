import { join } from 'node:path'
import { expect } from 'chai'
import { compile } from '../../compiler/compile.js'
import { readSourceMap, translateStack } from '../../compiler/source-map.js'
import { catalogue, compileFiles, compileText, makeProject, removeProjects, textOf } from './project.js'

const files = {
  'src/index.ts': [
    "import { greet } from './greet'",
    "import data from './data.json'",
    "import query from './query.sql'",
    "import bytes from './blob.bin'",
    "import { dep } from 'dep'",
    'export default { fetch: () => new Response(greet(data.name) + query + bytes.length + dep()) }',
  ].join('\n'),
  'src/greet.ts': [
    'type Name = string // unmistakable comment',
    'export function greet(unmistakableArgument: Name): string {',
    '  if (unmistakableArgument === "") throw new Error(`empty`)',
    "  return 'hello ' + unmistakableArgument",
    '}',
  ].join('\n'),
  'src/data.json': '{"name":"world"}',
  'src/query.sql': 'select 1',
  'src/blob.bin': '\u0001\u0002',
  'node_modules/dep/package.json': '{"name":"dep","main":"index.js"}',
  'node_modules/dep/index.js': 'exports.dep = function dep() { return process.env.NODE_ENV }',
}

describe('compile', () => {
  after(removeProjects)

  it('gives the same bytes twice, and from another folder', async () => {
    const first = await compileFiles(files)
    const root = makeProject({ ...files, 'deep/er/package.json': '{}' })
    const entry = join(root, 'src/index.ts')
    for (const again of [1, 2]) {
      const program = await compile({ entry, name: 'app', catalogue })
      expect(program, `time ${again}`).to.deep.equal(first)
    }
    expect(textOf(first.bundle) + textOf(first.sourceMap))
      .to.not.contain(root)
      .and.to.not.contain('unik-compile')
  })

  it('bundles TypeScript, JSON, text, bytes and CommonJS into one module without imports', async () => {
    const program = await compileFiles(files)
    const { default: app } = (await import(
      `data:text/javascript;base64,${Buffer.from(program.bundle).toString('base64')}`
    )) as { default: { fetch(): Response } }
    expect(await app.fetch().text()).to.equal('hello worldselect 12production')
    expect(program.modules).to.deep.equal(['core', 'fetch', 'serve', 'text', 'url'])
    expect(program.warnings).to.deep.equal([])
  })

  it('lets packages be built for another NODE_ENV', async () => {
    const program = await compileFiles(files, { env: { NODE_ENV: 'development' } })
    expect(textOf(program.bundle)).to.contain('"development"')
    expect(program.env).to.deep.equal({ NODE_ENV: 'development' })
  })

  it('keeps source text out of the bytecode, and names and line tables in', async () => {
    const { bytecode } = await compileFiles(files)
    const text = Buffer.from(bytecode).toString('latin1')
    expect(text).to.contain('greet').and.to.contain('app.js')
    expect(text).to.not.contain('unmistakable comment').and.to.not.contain('function greet')
    expect(text).to.not.contain('throw new Error')
  })

  it('keeps private fields as they are', async () => {
    const { bundle } = await compileText('export class A { #x = 1; has(o: object) { return #x in o } }')
    expect(textOf(bundle)).to.contain('#x in o').and.to.not.contain('WeakMap')
  })

  it('leads from a stack back to the source', async () => {
    const program = await compileFiles(files)
    const line = textOf(program.bundle)
      .split('\n')
      .findIndex((text) => text.includes('throw new Error'))
    const column = textOf(program.bundle).split('\n')[line]?.indexOf('new Error') ?? -1
    const stack = `Error: empty\n    at greet (app.js:${line + 1}:${column + 1})\n    at fetch (app.js:1:1)`
    expect(translateStack(stack, readSourceMap(program.sourceMap))).to.contain('at greet (src/greet.ts:3:42)')
  })

  it('takes assets along', async () => {
    const root = makeProject({ 'src/index.ts': '', 'public/a/b.txt': 'b', 'public/c.txt': 'c' })
    const program = await compile({
      entry: join(root, 'src/index.ts'),
      name: 'app',
      catalogue,
      assets: join(root, 'public'),
    })
    expect(program.assets.map(({ path, data }) => `${path} ${textOf(data)}`)).to.deep.equal([
      'a/b.txt b',
      'c.txt c',
    ])
  })
})
