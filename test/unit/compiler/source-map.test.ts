import { expect } from 'chai'
import { readSourceMap, translateStack } from '../../../compiler/source-map.js'

// Line 1 of the bundle has no source; line 2: column 4 → a.ts 1:1, column 10 → none, column 12 → b.ts 3:5; line 4 → b.ts 4:1.
const map = readSourceMap(
  JSON.stringify({
    version: 3,
    sources: ['src/a.ts', 'src/b.ts'],
    sourcesContent: ['let a', null],
    names: ['a'],
    mappings: ';IAAAA,M,ECEI;;AACJ',
  }),
)

describe('readSourceMap', () => {
  it('finds the segment at or before a column', () => {
    expect(map.locate(2, 5)).to.deep.equal({ file: 'src/a.ts', line: 1, column: 1 })
    expect(map.locate(2, 9)).to.deep.equal({ file: 'src/a.ts', line: 1, column: 1 })
    expect(map.locate(2, 13)).to.deep.equal({ file: 'src/b.ts', line: 3, column: 5 })
    expect(map.locate(4, 1)).to.deep.equal({ file: 'src/b.ts', line: 4, column: 1 })
  })

  it('finds nothing for code that the bundler wrote, before a segment, and beyond the map', () => {
    for (const [line, column] of [
      [1, 1],
      [2, 1],
      [2, 11],
      [3, 1],
      [9, 1],
    ] as const)
      expect(map.locate(line, column), `${line}:${column}`).to.equal(undefined)
  })

  it('gives the text of a source when the map has it', () => {
    expect(map.sourceText('src/a.ts')).to.equal('let a')
    expect(map.sourceText('src/b.ts')).to.equal(undefined)
    expect(map.sourceText('src/c.ts')).to.equal(undefined)
  })

  it('refuses another version', () => {
    expect(() => readSourceMap('{"version":2,"mappings":""}')).to.throw('version 3')
  })
})

describe('translateStack', () => {
  it('rewrites every position of the bundle, and leaves the rest of the text alone', () => {
    const stack = 'Error: no app.js:2:5x\n    at f (app.js:2:13)\n    at app.js:4:2\n    at <native>\n'
    expect(translateStack(stack, map)).to.equal(
      'Error: no src/a.ts:1:1x\n    at f (src/b.ts:3:5)\n    at src/b.ts:4:1\n    at <native>\n',
    )
  })

  it('keeps positions without a source, and those of other files', () => {
    const text = 'at helper (app.js:1:1)\nat my-app.js:2:5 and lib/app.js:2:5 and app.json:2:5'
    expect(translateStack(text, map)).to.equal(text)
  })
})
