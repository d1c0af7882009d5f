import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Unavailable } from '../../base/unavailable.js'
import { build } from '../../cli/pipeline.js'
import { runGuest } from '../helpers/boot.js'
import { scratchFolder } from '../helpers/scratch.js'

// Rows that are no machines, each started by its own platform: what a script writes, and its status, come through.
describe('scripts', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  const targets = ['apk', 'cloudrun', 'deb', 'heroku', 'linux', 'lxc', 'npm', 'oci', 'rpm', 'wsl', 'zone']
  before(async () => {
    writeFileSync(join(scratch(), 'app.ts'), script)
    await build({
      entries: ['app.ts'],
      targets: [...targets, 'lambda'],
      env: { GREETING: 'hello' },
      output: 'dist',
      cwd: scratch(),
    })
  })

  for (const target of targets)
    it(`${target}: arguments, both streams, status`, async function () {
      try {
        const { text, report } = await runGuest({
          subject: join(scratch(), 'dist', target),
          args: ['a b', 'c'],
        })
        expect(text).to.include('hello a b|c\n').and.to.include('to stderr\n')
        expect(report).to.include({ verdict: 'exited', status: 3 })
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error
        if (this.test !== undefined) this.test.title += ` (needs ${error.needs})`
        this.skip()
      }
    })

  it('lambda: one invocation, which fails as the script does', async () => {
    const { text, report } = await runGuest({ subject: join(scratch(), 'dist/lambda') })
    expect(text).to.include('hello \n').and.to.include('the script ended with status 3')
    expect(report).to.include({ verdict: 'exited', status: 1 })
  })
})

const script = `
console.log(process.env.GREETING + ' ' + process.argv.slice(2).join('|'))
console.error('to stderr')
process.exitCode = 3
`
