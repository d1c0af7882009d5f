import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { tryRun } from '../../base/run.js'
import { scratchFolder } from '../helpers/scratch.js'
import { makeApp } from './app.js'

const source = `
  import { accessSync, existsSync, readFileSync, statSync } from 'node:fs'
  import { readFile } from 'node:fs/promises'
  const attempt = (call: () => unknown) => { try { return call() } catch (error) { return (error as { code: string }).code } }
  console.log(readFileSync('/app/text/ü.txt', 'utf8'), readFileSync('text/../text/./ü.txt', { encoding: 'utf-8' }))
  console.log(readFileSync('/app/bytes').join(), await readFile('/app/bytes').then((bytes) => bytes.length))
  console.log(existsSync('/app/bytes'), existsSync('/app/text'), existsSync('/app/tex'), existsSync('/app'), existsSync('/app/bytes/x'))
  console.log(statSync('/app/text').isDirectory(), statSync('/app/bytes').isFile(), statSync('/app/bytes').size)
  console.log(attempt(() => readFileSync('/app/none')), attempt(() => readFileSync('/app/text')), attempt(() => accessSync('/app/../none')))
  console.log(attempt(() => readFileSync('/app/bytes', 'utf99' as 'utf8')), attempt(() => readFileSync(5 as never)))
  console.log(readFileSync('/proc/self/cmdline').length > 0, await readFile('/none').catch((error) => error.code))
  console.log(process.env.ONLY_DEFAULT, process.env.BOTH)
`

describe('what the image carries', () => {
  const folder = scratchFolder()

  it('assets are read below /app, and the real environment overrides the default one', async () => {
    const assets = join(folder(), 'assets')
    mkdirSync(join(assets, 'text'), { recursive: true })
    writeFileSync(join(assets, 'text/ü.txt'), 'grüße')
    writeFileSync(join(assets, 'bytes'), new Uint8Array([0, 255, 10]))
    const { path } = await makeApp(source, { assets, env: { ONLY_DEFAULT: 'one', BOTH: 'default' } })
    const { stdout, stderr } = await tryRun(path, [], { env: { BOTH: 'real' } })
    expect(stderr).to.equal('')
    expect(stdout.split('\n')).to.deep.equal([
      'grüße grüße',
      '0,255,10 3',
      'true true false true false',
      'true true 3',
      'ENOENT EISDIR ENOENT',
      'undefined undefined',
      'true ENOENT',
      'one real',
      '',
    ])
  })
})
