import { expect } from 'chai'
import { readReport } from '../../../compiler/references.js'

describe('readReport', () => {
  it('reads each kind of line', () => {
    const report = [
      'import\tnode:fs',
      'import\tnode:url',
      'import\tnode:url\tURL',
      'read\tURL\t3\t7',
      'typeof\tdocument\t4\t1',
      'write\tcounter\t5\t2',
      'property\tfetch\t6\t1',
      'define\tshared\t7\t1',
      'escape\tglobalThis\t8\t1',
      'word\tprocess',
      '',
    ].join('\n')
    const read = readReport(report)
    expect(read.globals).to.deep.equal([
      { kind: 'read', name: 'URL', line: 3, column: 7 },
      { kind: 'typeof', name: 'document', line: 4, column: 1 },
      { kind: 'write', name: 'counter', line: 5, column: 2 },
    ])
    expect([...read.properties, ...read.defined, ...read.words]).to.deep.equal(['fetch', 'shared', 'process'])
    expect([...read.imports]).to.deep.equal([
      ['node:fs', new Set()],
      ['node:url', new Set(['URL'])],
    ])
    expect(read.error).to.equal(undefined)
  })

  it('reads an error with whatever its message holds', () => {
    expect(readReport('error\t2\t9\tunexpected\t"x"\n').error).to.deep.equal({
      line: 2,
      column: 9,
      message: 'unexpected\t"x"',
    })
  })
})
