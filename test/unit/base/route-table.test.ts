import { expect } from 'chai'
import { routeTable } from '../../../base/route-table.js'

describe('base/route-table', () => {
  it('puts names before patterns and long before short, and keeps whose each is', () => {
    const table = routeTable([
      { hosts: ['*.example', 'shop.*', 'a.example'], path: '/' },
      { hosts: ['*.shop.example', 'b'], path: '/a/long/one' },
      { hosts: [], path: '/a' },
    ])
    expect(table.hosts.map(({ text, kind, app }) => [text, kind, app])).to.deep.equal([
      ['a.example', 'exact', 0],
      ['b', 'exact', 1],
      ['shop.example', 'below', 1],
      ['example', 'below', 0],
      ['shop', 'under', 0],
    ])
    expect(table.paths).to.deep.equal([
      { text: '/a/long/one', app: 1 },
      { text: '/a', app: 2 },
      { text: '', app: 0 },
    ])
  })
})
