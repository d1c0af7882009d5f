import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { tryRun } from '../../base/run.js'
import { scratchFolder } from '../helpers/scratch.js'

describe('set-up', function () {
  this.timeout(30_000)
  const scratch = scratchFolder()

  it('without root says in one sentence which packages are missing and how to get them', async () => {
    const clone = join(scratch(), 'clone')
    mkdirSync(clone)
    for (const path of ['scripts', 'package.json', 'package-lock.json'])
      cpSync(join(packageRoot, path), join(clone, path), { recursive: true })
    cpSync(
      join(packageRoot, 'runtime-x86_64/third-party.json'),
      join(clone, 'runtime-x86_64/third-party.json'),
    )
    const file = join(clone, 'scripts/packages.json')
    const packages = JSON.parse(readFileSync(file, 'utf8')) as { build: string[] }
    writeFileSync(
      file,
      JSON.stringify({ ...packages, build: [...packages.build, 'a-package-that-is-nowhere'] }),
    )
    chmodSync(scratch(), 0o755)

    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups']
    const { exitCode, stderr } = await tryRun('setpriv', [
      ...nobody,
      process.execPath,
      join(clone, 'scripts/setup.mjs'),
    ])
    expect(exitCode).to.equal(1)
    expect(stderr).to.match(
      /only root can install them: run as root, apt-get install a-package-that-is-nowhere\n$/,
    )
  })
})
