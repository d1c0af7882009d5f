import { expect } from 'chai'
import { checkGlobals } from '../../../compiler/check-globals.js'
import type { GlobalUse } from '../../../compiler/references.js'

// Positions of the bundle stand for files: line 1 is src/a.ts, line 2 src/b.ts, line 3 a dependency, line 4 the bundler's own.
const files = ['', 'src/a.ts', 'src/b.ts', 'node_modules/dep/index.js']

function check(
  uses: readonly (readonly [GlobalUse['kind'], string, number])[],
  defined: readonly string[] = [],
) {
  const globals = uses.map(([kind, name, line]) => ({ kind, name, line, column: 5 }))
  const none = new Set<string>()
  const found = checkGlobals(
    { globals, properties: none, words: none, defined: new Set(defined), imports: new Map() },
    {
      provided: new Set(['console']),
      map: { locate: () => undefined, sourceText: (file) => `text of ${file}` },
      locate: ({ line, column }) => {
        const file = files[line]
        return file === undefined ? undefined : { file, line: 1, column }
      },
    },
  )
  return {
    problems: found.problems.map(({ text }) => text),
    warnings: found.warnings.map(({ text }) => text),
  }
}

describe('checkGlobals', () => {
  it('accepts what the language, the engine or the app defines', () => {
    const found = check(
      [
        ['read', 'Map', 1],
        ['read', 'console', 1],
        ['write', 'shared', 1],
      ],
      ['shared'],
    )
    expect(found).to.deep.equal({ problems: [], warnings: [] })
  })

  it('refuses a well-known global in an own file, at its position and with its text', () => {
    expect(
      check([
        ['read', 'document', 1],
        ['write', 'window', 2],
      ]).problems,
    ).to.deep.equal(['document is not in the engine', 'window is not in the engine'])
  })

  it('only warns of a name that nobody knows', () => {
    expect(check([['read', 'typo', 1]])).to.deep.equal({
      problems: [],
      warnings: ['typo is defined nowhere'],
    })
  })

  it('lets a file ask typeof first, but not for other files', () => {
    const uses = [
      ['typeof', 'document', 1],
      ['read', 'document', 1],
    ] as const
    expect(check(uses)).to.deep.equal({ problems: [], warnings: [] })
    expect(check([...uses, ['read', 'document', 2]]).problems).to.have.length(1)
  })

  it('warns once of a dependency', () => {
    expect(
      check([
        ['read', 'document', 3],
        ['read', 'window', 3],
        ['read', 'document', 3],
      ]),
    ).to.deep.equal({
      problems: [],
      warnings: ['dep uses document, window, which the engine lacks: that throws when it is reached'],
    })
  })

  it("ignores the bundler's own code", () => {
    expect(check([['read', 'require', 4]])).to.deep.equal({ problems: [], warnings: [] })
  })
})
