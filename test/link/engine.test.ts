import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { prebuilt } from '../../base/package-root.js'
import { compile } from '../../compiler/compile.js'
import { linkApp } from '../../linker/link-app.js'
import { writeObject } from '../../linker/object-writer.js'
import { describeProgram } from '../../linker/program-object.js'
import { scratchFolder } from '../helpers/scratch.js'
import { behaviour, expectClean, input, linkGnu } from './toolchain.js'

const runtime = [
  'start.o',
  'libengine.a',
  'libquickjs.a',
  'libuv.a',
  'libllhttp.a',
  'libmimalloc.a',
  'libc.a',
  'libgcc.a',
].map((name) => prebuilt('app', name))

const app = `
  const words = ['one', 'two', 'three'].map((word, i) => \`\${word.toUpperCase()}:\${i ** 2}\`)
  console.log(words.join(' '), /(?<year>\\d{4})/u.exec('in 2024')?.groups?.year, JSON.stringify({ pi: Math.PI.toFixed(3) }))
  setTimeout(() => { console.log('later', new Map([[1n, 2n ** 70n]]).get(1n)); throw new TypeError('the end') }, 5)
`

describe('the whole engine, linked by us and by GNU ld', () => {
  const folder = scratchFolder()

  it('runs a TypeScript app alike, and is no larger', async () => {
    const entry = join(folder(), 'app.ts')
    writeFileSync(entry, app)
    const program = await compile({ entry, name: 'app', root: folder(), env: {}, assets: [] })
    const ours = join(folder(), 'ours')
    writeFileSync(ours, linkApp(program, runtime.map(input)).bytes, { mode: 0o755 })
    const object = join(folder(), 'program.o')
    writeFileSync(object, writeObject(describeProgram(program)))
    const gnu = await linkGnu(folder(), [object, ...runtime], ['-s', '-z', 'pack-relative-relocs'])

    const expected = await behaviour(gnu)
    expect(expected.stdout).to.match(/^ONE:0 TWO:1 THREE:4 2024 {"pi":"3.142"}\nlater 1180591620717411303424/)
    expect(expected.exitCode).to.equal(1)
    expect(await behaviour(ours)).to.deep.equal(expected)
    await expectClean(ours)
    expect(statSync(ours).size).to.be.at.most(statSync(gnu).size)
  })
})
