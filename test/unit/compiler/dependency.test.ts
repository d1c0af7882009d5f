import { expect } from 'chai'
import { dependencyOf, warnByDependency } from '../../../compiler/dependency.js'

describe('dependencyOf', () => {
  it('is the innermost package, with its scope', () => {
    expect(dependencyOf('node_modules/hono/dist/index.js')).to.equal('hono')
    expect(dependencyOf('../../node_modules/@scope/name/index.js')).to.equal('@scope/name')
    expect(dependencyOf('node_modules/.pnpm/a@1/node_modules/a/x.js')).to.equal('a')
    expect(dependencyOf('node_modules/a/node_modules/b/x.js')).to.equal('b')
  })

  it('is nothing for own files', () => {
    expect(dependencyOf('src/index.ts')).to.equal(undefined)
    expect(dependencyOf('src/my_node_modules/x.ts')).to.equal(undefined)
  })
})

describe('warnByDependency', () => {
  it('says one sentence per package, at its first use, with each name once', () => {
    const use = (name: string, file: string, line: number) => ({ name, at: { file, line, column: 1 } })
    const warnings = warnByDependency(
      [
        use('window', 'node_modules/b/x.js', 7),
        use('document', 'node_modules/b/y.js', 8),
        use('window', 'node_modules/b/y.js', 9),
        use('name', 'node_modules/a/z.js', 1),
        use('own', 'src/index.ts', 1),
      ],
      (name, names) => `${name}: ${names}`,
    )
    expect(warnings).to.deep.equal([
      { text: 'b: document, window', at: { file: 'node_modules/b/x.js', line: 7, column: 1 } },
      { text: 'a: name', at: { file: 'node_modules/a/z.js', line: 1, column: 1 } },
    ])
  })
})
