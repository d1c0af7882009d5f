import { expect } from 'chai'
import { parse } from 'yaml'
import { toYaml, type YamlValue } from '../../../../targets/lib/yaml.js'

describe('targets/lib/yaml', () => {
  const values: Readonly<Record<string, YamlValue>> = {
    scalars: { text: 'a', number: 1.5, yes: true },
    'words that YAML takes for others': { a: 'no', b: '1', c: 'null', d: '', e: '# x', f: 'a: b', no: 'x' },
    'text of several lines': { text: 'one\n  two\n\u00e9\u{1F600}\t"\\' },
    'keys that are no words': { 'a/b': 'x', 'with space': 'y', '8080/tcp': {} },
    'lists in lists': { a: [[1, [2]], [], { b: [], c: {} }] },
    'lists of maps': [{ name: 'x', value: 'y', more: { deep: ['z'] } }, { name: 'w' }],
  }
  for (const [name, value] of Object.entries(values))
    it(`${name}: another reader finds what was written`, () =>
      expect(parse(toYaml(value))).to.deep.equal(value))

  it('is in block style', () => {
    expect(toYaml({ a: { b: [{ c: 'd', e: 1 }] } })).to.equal('a:\n  b:\n    - c: "d"\n      e: 1\n')
  })
})
