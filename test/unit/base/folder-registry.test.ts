import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { loadFolder, loadFromFolder, namesInFolder } from '../../../base/folder-registry.js'
import { scratchFolder } from '../../helpers/scratch.js'

describe('a folder of modules', () => {
  const folder = scratchFolder()
  const add = (file: string, text: string) => writeFileSync(join(folder(), file), text)

  before(() => {
    add('package.json', '{ "type": "module" }')
    add('two.js', "export default { name: 'two' }")
    add('one.js', "export default { name: 'one' }")
  })

  it('is loaded in the order of the names', async () => {
    expect(namesInFolder(folder())).to.deep.equal(['one', 'two'])
    expect(await loadFolder(folder())).to.deep.equal([{ name: 'one' }, { name: 'two' }])
  })

  it('gives one without loading the others', async () => {
    add('broken.js', "throw new Error('loaded')")
    expect(await loadFromFolder(folder(), 'two')).to.deep.equal({ name: 'two' })
  })

  it('holds each under its own name', async () => {
    add('three.js', "export default { name: 'drei' }")
    let problem = ''
    await loadFromFolder(folder(), 'three').catch((error: Error) => {
      problem = error.message
    })
    expect(problem).to.match(/three\.js must have a default export whose name is 'three'$/)
  })
})
