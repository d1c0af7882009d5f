import { expect } from 'chai'
import { compileFiles, compileText, failure, place, removeProjects, textOf } from './project.js'

/** A dependency `dep` of one CommonJS file. */
const withDependency = (dep: string, index: string) => ({
  'src/index.ts': index,
  'node_modules/dep/package.json': '{"name":"dep","version":"1.0.0","main":"index.js"}',
  'node_modules/dep/index.js': dep,
})

describe('compile: which engine modules an app uses', () => {
  after(removeProjects)
  const modules = async (text: string) => (await compileText(text)).modules.join(' ')

  it('only what is always there, for an app that uses nothing', async () => {
    expect(await modules('let a = 1')).to.equal('core')
  })

  it('by a global, by typeof, and by an import, with all that they need', async () => {
    expect(await modules('new URL("http://a")')).to.equal('core text url')
    expect(await modules('console.log(typeof URL)')).to.equal('core text url')
    expect(await modules("import { URL } from 'node:url'; new URL('http://a')")).to.equal('core text url')
    expect(await modules("import url from 'url'; console.log(url)")).to.equal('core text url')
  })

  it('not by a name that a scope of the app defines, nor by an import that nobody uses', async () => {
    expect(await modules('{ const URL = 1; console.log(URL) }')).to.equal('core')
    expect(await modules("import { URL } from 'node:url'\nimport * as u from 'url'")).to.equal('core')
    expect(await modules("import type { URL } from 'node:url'; let x: URL")).to.equal('core')
  })

  it('by a property of the global object, and by nothing else that is called so', async () => {
    expect(await modules('globalThis.process.exit()')).to.equal('core process')
    expect(await modules('const a = { process: 1 }; a.process; globalThis.other')).to.equal('core')
    expect(await modules('globalThis.shared = { process: 1 }')).to.equal('core')
  })

  it('by any name that fits, once the global object goes where it cannot be followed', async () => {
    expect(await modules('const g = globalThis; g.process')).to.equal('core process')
    expect(await modules('const { process } = globalThis; process')).to.equal('core process')
    expect(await modules('"TextEncoder" in globalThis')).to.equal('core text')
    expect(await modules('const g = globalThis; g.nothing')).to.equal('core')
  })

  it('the server, when the entry exports a default', async () => {
    expect(await modules('export default { fetch: () => null }')).to.equal('core fetch serve text url')
    expect(await modules('export const fetch = 1')).to.equal('core')
  })

  it('by require of a dependency, which gets the default export', async () => {
    const program = await compileFiles(
      withDependency("exports.u = require('url')", "import { u } from 'dep'; console.log(u)"),
    )
    expect(program.modules).to.deep.equal(['core', 'text', 'url'])
    expect(textOf(program.bundle)).to.match(/^import \w+ from "node:url";$/m)
  })

  it('not where a package of the same name is installed and the engine has none', async () => {
    const program = await compileFiles({
      'src/index.ts': "import e from 'events'; console.log(e)",
      'node_modules/events/package.json': '{"name":"events","main":"index.js"}',
      'node_modules/events/index.js': 'module.exports = "the package"',
    })
    expect(textOf(program.bundle)).to.contain('the package')
    expect(program.warnings).to.deep.equal([])
  })
})

describe('compile: what the engine lacks', () => {
  after(removeProjects)

  it('an import of an own file fails the build where it stands', async () => {
    const error = await failure(compileText("let a\nimport cluster from 'cluster'\ncluster.fork()"))
    expect(error.message).to.equal('node:cluster is not in the engine')
    expect(place(error)).to.equal('src/index.ts:2:21')
    expect(error.hint).to.contain('one process')
    expect(error.detail).to.contain("> 2 | import cluster from 'cluster'")
  })

  it('the hint names what there is', async () => {
    const error = await failure(compileText("import * as x from 'unik:x'; x.y()"))
    expect(error.message).to.equal('unik:x is not in the engine')
    expect(error.hint).to.contain('the engine has node:process, node:url')
  })

  it('an import that is never used does no harm', async () => {
    const program = await compileFiles({
      'src/index.ts': "import { used } from './lib'; console.log(used)",
      'src/lib.ts':
        "import * as vm from 'node:vm'\nexport const used = 1\nexport const unused = () => vm.runInThisContext('')",
    })
    expect(program.warnings).to.deep.equal([])
    expect(textOf(program.bundle)).to.not.contain('node:vm')
  })

  it('a name that a module does not export fails the build', async () => {
    const error = await failure(compileText("import { URL, parse } from 'node:url'\nconsole.log(URL, parse)"))
    expect(error.message).to.equal('node:url has no export parse in the engine')
    expect(place(error)).to.equal('src/index.ts:1:15')
    expect(error.hint).to.equal('it has URL, default')
  })

  it('an import of a dependency becomes a stub that throws with its name, and one warning', async () => {
    const dep =
      "const vm = require('vm'), tty = require('node:tty'); exports.run = () => vm.x; exports.tty = tty"
    const program = await compileFiles(withDependency(dep, "export { run } from 'dep'"))
    expect(program.warnings).to.have.length(1)
    expect(program.warnings[0]).to.match(
      /node_modules\/dep\/index\.js:1:20: dep imports node:tty, node:vm, which the engine lacks: that throws/,
    )
    const { run } = (await importBundle(program.bundle)) as { run: () => void }
    expect(run).to.throw('node:vm is not in the engine: x')
  })

  it('require with a computed name', async () => {
    const own = await failure(compileText('const name = "x"\nconsole.log(require(name))'))
    expect(own.message).to.contain('require is used with a name')
    expect(place(own)).to.equal('src/index.ts:2:13')
    const program = await compileFiles(
      withDependency(
        'exports.load = (name) => require(name)',
        "import { load } from 'dep'; console.log(load)",
      ),
    )
    expect(program.warnings.join()).to.contain('dep calls require with a computed name')
  })

  it('a well-known global fails the build where it is used, through the source map', async () => {
    const text = [
      'interface Unused { a: number }',
      'export const page = () => {',
      '  document.title = "é"',
      '}',
    ]
    const error = await failure(compileText(text.join('\n')))
    expect(error.message).to.equal('document is not in the engine')
    expect(place(error)).to.equal('src/index.ts:3:3')
    expect(error.detail).to.contain('> 3 |   document.title = "é"\n    |   ^^^^^^^^\n')
  })

  it('a global that the app defines, asks for by typeof, or that a dependency uses, does not', async () => {
    const warnings = async (text: string) => (await compileText(text)).warnings
    expect(await warnings('globalThis.Buffer = 1; console.log(Buffer)')).to.deep.equal([])
    expect(await warnings('if (typeof window !== "undefined") window.close()')).to.deep.equal([])
    const program = await compileFiles(
      withDependency('exports.w = () => window.x', "import { w } from 'dep'; console.log(w)"),
    )
    expect(program.warnings.join()).to.match(/dep\/index\.js:1:19: dep uses window, which the engine lacks/)
  })

  it('a name that nobody knows is a warning', async () => {
    const [warning] = (await compileText('\nconsole.log(typo)')).warnings
    expect(warning).to.match(/src\/index\.ts:2:13: typo is defined nowhere$/)
  })
})

/** Runs a bundle in Node.js: its only imports would be the engine's. */
async function importBundle(bundle: Uint8Array): Promise<unknown> {
  return import(`data:text/javascript;base64,${Buffer.from(bundle).toString('base64')}`)
}
