import { mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import type { BundledPackage } from '../../compiler/bundled-packages.js'
import { compile } from '../../compiler/compile.js'
import { catalogue, compileFiles, makeProject, removeProjects } from './project.js'

const manifest = (name: string, version?: string, more: object = {}) =>
  JSON.stringify({ name, version, license: 'MIT', ...more })

const ids = (packages: readonly BundledPackage[]) => packages.map(({ id }) => id)

describe('packages in the bundle', () => {
  after(removeProjects)

  it('are those of which code is left, each version apart, with who imports whom', async () => {
    const { packages } = await compileFiles({
      'src/index.ts':
        "import { a } from 'a'\nimport { unused } from 'unused'\nimport 'gone'\nconsole.log(a, import.meta, typeof unused === 'x' && 0)",
      'node_modules/a/package.json': manifest('a', '1.0.0', { dependencies: { listed: '*' } }),
      'node_modules/a/index.js':
        "import { b } from 'b'\nimport { c } from '@s/c'\nexport const a = () => [b, c]",
      'node_modules/a/node_modules/b/package.json': manifest('b', '2.0.0'),
      'node_modules/a/node_modules/b/index.js': 'export const b = 2',
      'node_modules/b/package.json': manifest('b', '1.0.0'),
      'node_modules/b/index.js': 'export const b = () => 1',
      'node_modules/@s/c/package.json': manifest('@s/c', '3.0.0', { main: 'dist/index.js' }),
      'node_modules/@s/c/dist/package.json': '{ "type": "module" }',
      'node_modules/@s/c/dist/index.js': "import { b } from 'b'\nexport const c = () => b",
      'node_modules/unused/package.json': manifest('unused', '1.0.0', { sideEffects: false }),
      'node_modules/unused/index.js': 'export const unused = 1',
      'node_modules/gone/package.json': manifest('gone', '1.0.0', { sideEffects: false }),
      'node_modules/gone/index.js': 'globalThis.gone = 1',
      'node_modules/listed/package.json': manifest('listed', '1.0.0'),
      'node_modules/listed/index.js': 'export const listed = 1',
    })
    expect(packages.map(({ id, imports, isDirect }) => ({ id, imports, isDirect }))).to.deep.equal([
      { id: '@s/c@3.0.0', imports: ['b@1.0.0'], isDirect: false },
      { id: 'a@1.0.0', imports: ['@s/c@3.0.0', 'b@2.0.0'], isDirect: true },
      { id: 'b@1.0.0', imports: [], isDirect: false },
      { id: 'b@2.0.0', imports: [], isDirect: false },
      { id: 'unused@1.0.0', imports: [], isDirect: true },
    ])
  })

  it('are found through packages of which nothing is left', async () => {
    const { packages } = await compileFiles({
      'src/index.ts': "import { deep } from 'front'\nconsole.log(deep())",
      'node_modules/front/package.json': manifest('front', '1.0.0', { sideEffects: false, type: 'module' }),
      'node_modules/front/index.js': "export { deep } from 'back'",
      'node_modules/back/package.json': manifest('back', '1.0.0', { type: 'module' }),
      'node_modules/back/index.js': 'export function deep() { return 1 }',
    })
    expect(packages.map(({ id, isDirect }) => [id, isDirect])).to.deep.equal([['back@1.0.0', true]])
  })

  it('carry licence, address and licence texts, in old forms too', async () => {
    const { packages } = await compileFiles({
      'src/index.ts': "import 'old'\nimport 'older'\nimport 'bare'",
      'node_modules/old/package.json':
        '{ "name": "old", "version": "1.0.0", "license": { "type": "BSD-3-Clause" }, "homepage": "https://example.org/" }',
      'node_modules/old/index.js': 'globalThis.old = 1',
      'node_modules/old/LICENSE.md': 'Old terms\n',
      'node_modules/old/NOTICE': 'Also this\n',
      'node_modules/old/license-checker/index.js': '',
      'node_modules/old/license.js': 'Code\n',
      'node_modules/older/package.json':
        '{ "name": "older", "version": "1.0.0", "licenses": [{ "type": "MIT" }, { "type": "Apache-2.0" }] }',
      'node_modules/older/index.js': 'globalThis.older = 1',
      'node_modules/bare/index.js': 'globalThis.bare = 1',
    })
    const [bare, old, older] = packages
    expect(bare).to.include({ id: 'bare', name: 'bare', licence: undefined, isPrivate: true })
    expect(old).to.deep.include({ licence: 'BSD-3-Clause', homepage: 'https://example.org/' })
    expect(old?.licenceFiles).to.deep.equal([
      { name: 'LICENSE.md', text: 'Old terms' },
      { name: 'NOTICE', text: 'Also this' },
    ])
    expect(older).to.include({ licence: '(MIT OR Apache-2.0)', isPrivate: false })
  })

  it('are found in linked folders and workspaces; the project itself is none, nor is what it lies in', async () => {
    const root = makeProject({
      'package.json': manifest('whole', '1.0.0'),
      'shared/code.ts': 'export const shared = () => 1',
      'apps/web/package.json': manifest('web', '1.0.0'),
      'apps/web/src/index.ts':
        "import { shared } from '../../../shared/code'\nimport { part } from 'part'\nimport { lib } from 'lib'\nconsole.log(shared(), part(), lib())",
      'packages/part/package.json': manifest('part', undefined, { private: true }),
      'packages/part/index.ts': 'export const part = () => 1',
      'store/lib@1/node_modules/lib/package.json': manifest('lib', '1.0.0'),
      'store/lib@1/node_modules/lib/index.js': 'export const lib = () => 1',
    })
    const link = (path: string, to: string) => {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      symlinkSync(join(root, to), join(root, path), 'junction')
    }
    link('node_modules/part', 'packages/part')
    link('apps/web/node_modules/lib', 'store/lib@1/node_modules/lib')
    const entry = join(root, 'apps/web/src/index.ts')
    const { packages } = await compile({ entry, name: 'web', catalogue })
    expect(ids(packages)).to.deep.equal(['lib@1.0.0', 'part'])
    expect(packages.map(({ isPrivate }) => isPrivate)).to.deep.equal([false, true])
  })

  it('are the same when the project lies in a folder of packages', async () => {
    const root = makeProject({
      'src/index.ts': "import 'dep'\nconsole.log(1)",
      'node_modules/dep/package.json': manifest('dep', '1.0.0'),
      'node_modules/dep/index.js': 'globalThis.dep = 1',
    })
    const inside = join(makeProject({}), 'node_modules/app')
    mkdirSync(dirname(inside))
    renameSync(root, inside)
    const { packages } = await compile({ entry: join(inside, 'src/index.ts'), name: 'app', catalogue })
    expect(ids(packages)).to.deep.equal(['dep@1.0.0'])
  })
})
