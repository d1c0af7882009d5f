import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run, tryRun } from '../../base/run.js'
import { scratchFolder } from '../helpers/scratch.js'

// What a user installs: no compiler, no QEMU, no shell tool is needed to build.
describe('npm package', function () {
  this.timeout(180_000)
  const scratch = scratchFolder()
  let project = ''

  before(async () => {
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', scratch()], {
      cwd: packageRoot,
      timeout: 120_000,
    })
    project = join(scratch(), 'project')
    mkdirSync(project)
    writeFileSync(join(project, 'package.json'), '{ "name": "shop", "private": true }\n')
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball()], {
      cwd: project,
      timeout: 120_000,
    })
  })

  it('is at most 15 MiB', () => expect(statSync(tarball()).size).to.be.lessThan(15 * 1024 * 1024))

  it('builds programs, images and containers with a PATH that holds only node', async () => {
    const bin = join(scratch(), 'bin')
    mkdirSync(bin)
    symlinkSync(process.execPath, join(bin, 'node'))
    writeFileSync(join(project, 'index.ts'), 'console.log(1)\n')
    const targets = ['linux', 'qemu', 'oci', 'raw', 'iso', 'efi', 'pxe']
    const unik = join(project, 'node_modules/unik/bin/run.js')
    const { stdout } = await run(
      process.execPath,
      [unik, 'build', 'index.ts', '-t', targets.join(), '--json'],
      {
        cwd: project,
        env: { PATH: bin, HOME: scratch() },
      },
    )
    const built = JSON.parse(stdout) as { artefacts: { target: string }[] }
    expect(built.artefacts.map((artefact) => artefact.target)).to.deep.equal(targets)
  })

  it('says which packages publishing needs, which are not installed with it', async () => {
    const unik = [join(project, 'node_modules/unik/bin/run.js')]
    await run(process.execPath, [...unik, 'build', 'index.ts', '-t', 'ami'], { cwd: project })
    const { stderr, exitCode } = await tryRun(process.execPath, [...unik, 'publish', 'ami'], { cwd: project })
    expect(exitCode).to.equal(1)
    expect(stderr).to.include('@aws-sdk/client-ebs is not installed, and publishing to Amazon needs it')
    expect(stderr).to.include('hint: npm install @aws-sdk/client-ebs @aws-sdk/client-ec2')
  })

  it('gives editors its types', async () => {
    writeFileSync(
      join(project, 'unik.config.ts'),
      "import { defineConfig } from 'unik'\nexport default defineConfig({ name: 'shop', targets: ['qemu'] })\n",
    )
    const tsc = join(packageRoot, 'node_modules/typescript/bin/tsc')
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', '']
    await run(process.execPath, [tsc, ...options, 'unik.config.ts'], { cwd: project })
  })

  function tarball(): string {
    return join(scratch(), readdirSync(scratch()).find((file) => file.endsWith('.tgz')) ?? '')
  }
})
