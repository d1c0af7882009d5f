import { expect } from 'chai'
import { parseModuleCatalogue, selectModules } from '../../../compiler/module-catalogue.js'

const catalogue = parseModuleCatalogue(
  JSON.stringify({
    core: { always: true, needs: ['promise'] },
    promise: {},
    url: { globals: ['URL', 'URLSearchParams'], imports: ['node:url'], needs: ['text'] },
    text: { globals: ['TextEncoder'], needs: ['bytes'] },
    bytes: { needs: ['text'] },
    serve: { needs: ['url'] },
  }),
)
const none = { globals: [], imports: [] }

describe('selectModules', () => {
  it('links what is always linked, with its needs, sorted', () => {
    expect(selectModules(catalogue, none)).to.deep.equal(['core', 'promise'])
  })

  it('follows a global and an import through needs, in circles too', () => {
    const all = ['bytes', 'core', 'promise', 'text', 'url']
    expect(selectModules(catalogue, { ...none, globals: ['URL'] })).to.deep.equal(all)
    expect(selectModules(catalogue, { ...none, imports: ['node:url'] })).to.deep.equal(all)
    expect(selectModules(catalogue, { ...none, globals: ['TextEncoder'] })).to.not.include('url')
  })

  it('links by name, and ignores names that no module has', () => {
    const selected = selectModules(catalogue, {
      globals: ['Nope'],
      imports: ['node:nope'],
      names: ['serve', 'nope'],
    })
    expect(selected).to.deep.equal(['bytes', 'core', 'promise', 'serve', 'text', 'url'])
  })
})

describe('parseModuleCatalogue', () => {
  it('refuses two providers of one thing', () => {
    const json = '{"a":{"globals":["URL"]},"b":{"globals":["URL"]}}'
    expect(() => parseModuleCatalogue(json)).to.throw('engine modules a and b both provide global URL')
  })

  it('refuses a need that does not exist', () => {
    expect(() => parseModuleCatalogue('{"a":{"needs":["b"]}}')).to.throw('engine module a needs b')
  })
})
