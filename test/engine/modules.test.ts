import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { tryRun } from '../../base/run.js'
import { makeApp } from './app.js'

const folder = join(packageRoot, 'runtime-x86_64/engine/modules')
const env = { UNIK_TEST: 'yes' }

/** A module's test.js is an app that Node.js runs too: both must write the same. */
describe('engine modules behave as in Node.js', () => {
  const tested = readdirSync(folder)
    .sort()
    .filter((name) => existsSync(join(folder, name, 'test.js')))

  for (const name of tested) {
    it(name, async () => {
      const file = join(folder, name, 'test.js')
      const { path } = await makeApp(readFileSync(file, 'utf8'))
      const ours = await tryRun(path, [], { env, timeout: 20_000 })
      const theirs = await tryRun(process.execPath, ['--no-warnings', '--input-type=module', '-'], {
        env,
        input: readFileSync(file),
        timeout: 20_000,
      })
      expect(ours.stdout).to.equal(theirs.stdout)
      expect(ours.stderr).to.equal(theirs.stderr)
      expect(ours.exitCode).to.equal(theirs.exitCode)
    })
  }
})
