import { expect } from 'chai'
import { transform } from 'esbuild'
import { compileBytecode, loadBytecodeCompiler } from '../../compiler/bytecode.js'
import { supportedSyntax, target } from '../../compiler/supported-syntax.js'

/** One program for each name of esbuild's that `supportedSyntax` states, and for what es2023 takes for granted. */
const probes: Readonly<Record<string, string>> = {
  'regexp-dot-all-flag': '/a.b/s',
  'regexp-lookbehind-assertions': '/(?<=a)(?<!b)c/',
  'regexp-match-indices': '/a/d',
  'regexp-named-capture-groups': '/(?<year>a)\\k<year>/',
  'regexp-set-notation': '/[\\p{L}--[a-z]]/v',
  'regexp-sticky-and-unicode-flags': '/\\u{1F600}/uy',
  'regexp-unicode-property-escapes': '/\\p{Script=Greek}/u',
  'import-attributes': 'import a from "./a.json" with { type: "json" }; a',
  using: '{ using a = null }',
  decorators: '@f class A {}',
  'import-defer': 'import defer * as a from "./a"; a',
  'import-source': 'import source a from "./a"; a',
  'arbitrary-module-namespace-names': 'let a; export { a as "b c" }',
  'async-generator': 'async function* f() { yield await 1 }',
  bigint: '1n',
  'class-private-accessor': 'class A { get #a() { return 1 } }',
  'class-private-brand-check': 'class A { #a; f(o) { return #a in o } }',
  'class-private-field': 'class A { #a = 1 }',
  'class-private-method': 'class A { #a() {} }',
  'class-private-static-method': 'class A { static #a() {} }',
  'class-static-blocks': 'class A { static { A.b = 1 } }',
  'class-static-field': 'class A { static a = 1 }',
  'dynamic-import': 'import("./a")',
  'exponent-operator': '2 ** 3',
  'for-await': 'for await (const a of []) a',
  hashbang: '#!/usr/bin/env node\n1',
  'import-meta': 'import.meta.url',
  'logical-assignment': 'let a; a ??= 1; a ||= 2; a &&= 3',
  'nullish-coalescing': 'a ?? 1',
  'object-rest-spread': 'const { a, ...b } = { ...null }',
  'optional-catch-binding': 'try { } catch { }',
  'optional-chain': 'a?.b?.[0]?.()',
  'top-level-await': 'await 1',
}

describe('supportedSyntax', () => {
  let compiler: WebAssembly.Module
  before(async () => {
    compiler = await loadBytecodeCompiler()
  })
  const refusal = async (text: string) =>
    (await compileBytecode(compiler, new TextEncoder().encode(text))).error?.message

  it('has a probe for every line', () => {
    expect(Object.keys(probes)).to.include.members(Object.keys(supportedSyntax))
  })

  for (const [feature, probe] of Object.entries(probes)) {
    if (supportedSyntax[feature] === false)
      it(`${feature}: the engine does not parse it, so that esbuild has to lower or refuse it`, async () => {
        expect(await refusal(probe)).to.be.a('string')
      })
    else
      it(`${feature}: esbuild leaves it, and the engine parses it`, async () => {
        const { code } = await transform(probe, { target, supported: supportedSyntax, format: 'esm' })
        const plain = (text: string) => text.replace(/[\s;]|\/\*.*?\*\//g, '')
        expect(plain(code)).to.equal(plain(probe))
        expect(await refusal(code)).to.equal(undefined)
      })
  }

  it('what is lowered, the engine parses', async () => {
    const { code } = await transform(probes.decorators ?? '', { target, supported: supportedSyntax })
    expect(await refusal(code)).to.equal(undefined)
  })

  it('a regular expression that the engine lacks is refused when the app is built, not when it runs', async () => {
    const { code } = await transform('export const a = /[a--]/v', { target, supported: supportedSyntax })
    expect(code).to.not.contain('new RegExp')
    expect(await refusal(code)).to.be.a('string')
  })
})
