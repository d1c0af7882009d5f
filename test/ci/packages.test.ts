import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run, tryRun } from '../../base/run.js'
import type { Matrix } from '../../cli/release-matrix.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needRoot, needTool } from '../helpers/tool.js'

const unik = join(packageRoot, 'bin/run.js')
const targets = ['rpm', 'apk', 'lxc', 'oci', 'lambda', 'raw']

// What a job of the matrix installs must be enough: nothing else that this machine has may be in use.
describe('the packages that unik matrix names', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()

  before(async function () {
    needRoot(this)
    for (const [program, debianPackage] of [
      ['apt-cache', 'apt'],
      ['runc', 'runc'],
      ['umoci', 'umoci'],
      ['skopeo', 'skopeo'],
      ['lxc-start', 'lxc'],
      ['rpm', 'rpm'],
      ['busybox', 'busybox-static'],
      ['bsdtar', 'libarchive-tools'],
      ['qemu-system-x86_64', 'qemu-system-x86'],
    ] as const)
      needTool(this, program, debianPackage)
    const example = join(packageRoot, 'examples/http')
    await run(process.execPath, [unik, 'build', example, '-t', targets.join(), '-o', join(scratch(), 'dist')])
  })

  for (const target of targets)
    it(`are enough for ${target}`, async () => {
      const options = { cwd: scratch() }
      const { stdout } = await run(
        process.execPath,
        [unik, 'matrix', 'dist', '-t', target, '--json'],
        options,
      )
      const { packages = '' } = (JSON.parse(stdout) as Matrix).include[0] ?? {}
      const PATH = join(scratch(), target)
      await linkPrograms(packages.split(' '), PATH)
      const args = [unik, 'test', 'dist', '-t', target, '--strict']
      const tested = await tryRun(process.execPath, args, { ...options, env: { PATH }, timeout: 100_000 })
      expect(tested.exitCode, tested.stdout + tested.stderr).to.equal(0)
    })
})

/** A folder with the programs of these packages, of what they depend on and of Debian's essential ones; and Node.js. */
async function linkPrograms(packages: readonly string[], folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const format = '--showformat=$' + '{Essential} $' + '{Package}\n'
  const { stdout } = await run('dpkg-query', ['--show', format])
  const essential = [...stdout.matchAll(/^yes (.+)$/gm)].map(([, name]) => name ?? '')
  const only = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map(
    (each) => `--no-${each}`,
  )
  const depends = ['depends', '--recurse', '--installed', ...only, ...essential, ...packages]
  const names = [...(await run('apt-cache', depends)).stdout.matchAll(/^[\w].*$/gm)].map(([name]) => name)
  const files = (await tryRun('dpkg-query', ['--listfiles', ...new Set(names)])).stdout.split('\n')
  const programs = files.filter((file) => /^\/(usr\/)?s?bin\/[^/]+$/.test(file) && existsSync(file))
  const node = ['node', 'npm'].map((name) => join(dirname(process.execPath), name))
  const byName = new Map([...programs, ...node].map((file) => [basename(file), file]))
  for (const [name, file] of byName) symlinkSync(file, join(folder, name))
}
