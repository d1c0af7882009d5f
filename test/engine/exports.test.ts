import { expect } from 'chai'
import { readModuleCatalogue } from '../../compiler/module-catalogue.js'
import { runSource } from './app.js'

// The compiler refuses a named import by the catalogue's word: it must be what the engine has.
describe('named exports of the engine', () => {
  it('are those that the catalogue tells, for every specifier', async () => {
    const catalogue = await readModuleCatalogue()
    const told = Object.assign({}, ...Object.values(catalogue).map(({ exports }) => exports ?? {})) as Record<
      string,
      string[]
    >
    const specifiers = Object.values(catalogue).flatMap(({ imports }) => imports)
    expect(Object.keys(told).sort()).to.deep.equal([...specifiers].sort())
    const lines = specifiers.map(
      (specifier, i) => `import * as m${i} from '${specifier}'\nfound['${specifier}'] = Object.keys(m${i})`,
    )
    const source = `const found: Record<string, string[]> = {}\n${lines.join('\n')}\nconsole.log(JSON.stringify(found))\n`
    expect(JSON.parse((await runSource(source)).stdout)).to.deep.equal(told)
  })
})
