import { expect } from 'chai'
import { readYaml } from '../../../boot/yaml.js'
import { toYaml } from '../../../targets/lib/yaml.js'

describe('YAML reader', () => {
  it('reads what the writer writes', () => {
    const value = {
      kind: 'Service',
      'a key': [],
      spec: {
        empty: {},
        ports: [{ name: 'http1', number: 8080, more: { deep: [1, 'two', true] } }, { name: 'x: y\n"z"' }],
        plain: ['- a', 'b: c', '#'],
      },
      last: false,
    }
    expect(readYaml(toYaml(value))).to.deep.equal(value)
  })

  it('tells a line that it does not know', () => {
    expect(() => readYaml('a: "b"\nnonsense\n')).to.throw('not a line of a YAML map: nonsense')
  })
})
