import { expect } from 'chai'
import { makeApp, runSource } from './app.js'

const KIB = 1024

describe('only what an app uses is linked', () => {
  it('a script and an HTTP server keep to their budgets', async () => {
    const script = await makeApp('console.log("hello")')
    expect(script.modules).to.deep.equal(['console'])
    expect(script.size).to.be.at.most(700 * KIB)
    const server = await makeApp('export default { fetch: () => new Response("hello") }')
    expect(server.modules).to.deep.equal(['fetch-types', 'headers', 'serve'])
    expect(server.size).to.be.at.most(900 * KIB)
  })

  it('the parser comes with eval and Function only', async () => {
    const without = await makeApp('console.log(1)')
    const evaluated = await makeApp('console.log(eval("1 + 1"), new Function("a", "return a * 2")(4))')
    expect(evaluated.modules).to.include('eval')
    expect(evaluated.size).to.be.greaterThan(without.size + 50 * KIB)
    const { stdout } = await runSource('const x = 3; console.log(eval("x + 1"), (0, eval)("typeof x"))')
    expect(stdout).to.equal('4 undefined\n')
  })

  it('a regular expression literal, or a string method that makes one, brings the class', async () => {
    const { stdout } = await runSource(
      'console.log(/b+/u.exec("abbc")?.[0], "a1b2".match("[0-9]")?.[0], [..."x1".matchAll("1" as never)].length, "abc".search("c"))',
    )
    expect(stdout).to.equal('bb 1 1 2\n')
    expect((await makeApp('console.log("a,b".split(",").join().replace("a", "b"))')).modules).to.not.include(
      'regexp',
    )
  })

  it('bytes of a body need no mention of ArrayBuffer', async () => {
    const { stdout } = await runSource(
      'const b = await new Response("hé").bytes(); console.log(b.length, (await new Response("x").arrayBuffer()).byteLength)',
    )
    expect(stdout).to.equal('3 1\n')
  })
})
