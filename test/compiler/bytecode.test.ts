import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run, tryRun } from '../../base/run.js'
import { compileBytecode, loadBytecodeCompiler } from '../../compiler/bytecode.js'
import { readReport } from '../../compiler/references.js'

const build = join(packageRoot, 'runtime-x86_64/build')

/** Programs that reach every kind of constant, and much of the syntax. */
const programs: Readonly<Record<string, string>> = {
  empty: '',
  constants: `export default [0, -1, 2 ** 31, 1.5, -0, NaN, 1e308, 123n, -(2n ** 80n), 'é', '\\u{1F600}', "a\\0b", null,
    undefined, true, /a(?<b>c)\\1/giu, /[\\p{L}--[a-z]]/v, \`t\${1}x\`, String.raw\`\\n\`, { a: 1, ['b']: 2, __proto__: null }, [,1]]`,
  classes: `class A { #a = 1; static #b = 2; get #c() { return this.#a } static { this.x = A.#b } m() { return #a in this } }
    export class B extends A { constructor(...a) { super(...a) } async *g() { yield* [1]; await 1 } static async s() {} }`,
  control: `label: for (const [k, { v = 1, ...r }] of new Map()) { try { if (k) continue label; else break } catch { } finally { r; v } }
    switch (1) { case 1: default: } do { } while (false); for (let i in {}) { (() => i)() } export const n = a?.b?.[c] ?? d; var a, c, d`,
  modules: `import def, { a as b } from 'node:x'; import * as ns from 'node:y'; export { b, ns }; export default def
    const m = await import('node:z'); console.log(import.meta, m)`,
  globals: `console.log(process, typeof document, globalThis.fetch); globalThis.x = 1; const g = self; g.word; undefined_ = 1`,
  many: Array.from(
    { length: 3000 },
    (_, i) => `export function f${i}(a, b) { return a.p${i} + b * ${i} + 'string ${i}' }`,
  ).join('\n'),
}

describe('bytecode', () => {
  let compiler: WebAssembly.Module
  let folder: string
  before(async function () {
    this.timeout(300_000)
    const engine = join(packageRoot, '.cache/third-party/quickjs-ng')
    const make = [
      '-s',
      '-C',
      join(packageRoot, 'runtime-x86_64/bytecode'),
      `QUICKJS=${engine}`,
      `OUT=${build}`,
      'native',
    ]
    await run('make', make, { timeout: 280_000 })
    compiler = await loadBytecodeCompiler()
    folder = mkdtempSync(join(tmpdir(), 'unik-bytecode-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  for (const [name, text] of Object.entries(programs))
    it(`the WebAssembly build and a native build give the same bytes and report: ${name}`, async () => {
      const files = ['in.js', 'bytecode', 'report'].map((file) => join(folder, file))
      writeFileSync(join(folder, 'in.js'), text)
      await run(join(build, 'bytecode-native'), files)
      const made = await compileBytecode(compiler, new TextEncoder().encode(text))
      if (made.error) throw new Error(made.error.message)
      expect(Buffer.from(made.bytecode).equals(readFileSync(join(folder, 'bytecode')))).to.equal(true)
      const { error: _, ...references } = readReport(readFileSync(join(folder, 'report'), 'utf8'))
      expect({ ...made.references, error: undefined }).to.deep.equal({ ...references, error: undefined })
    })

  it('both refuse the same text at the same place', async () => {
    const text = 'let a = 1;\nlet b = = 2;'
    writeFileSync(join(folder, 'in.js'), text)
    const native = await tryRun(
      join(build, 'bytecode-native'),
      ['in.js', 'bytecode', 'report'].map((file) => join(folder, file)),
    )
    const { error } = await compileBytecode(compiler, new TextEncoder().encode(text))
    expect(native.exitCode).to.equal(1)
    expect(error).to.deep.equal({ message: "unexpected token in expression: '='", line: 2, column: 9 })
    expect(readReport(readFileSync(join(folder, 'report'), 'utf8')).error).to.deep.equal(error)
  })
})
