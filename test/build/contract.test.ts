import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run, tryRun } from '../../base/run.js'
import { scratchFolder } from '../helpers/scratch.js'

// What other tools rely on: the JSON documents of the command line.
describe('--json', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()

  async function unik(...args: string[]): Promise<unknown> {
    const { stdout } = await run(process.execPath, [join(packageRoot, 'bin/run.js'), ...args, '--json'], {
      cwd: scratch(),
    })
    return JSON.parse(stdout)
  }

  it('of build names app, bundle and every file with its digest', async () => {
    mkdirSync(join(scratch(), 'src'))
    writeFileSync(join(scratch(), 'src/index.ts'), 'console.log("hi")\n')
    const built = (await unik('build')) as Record<string, unknown>
    expect(built).to.have.all.keys('app', 'bundle', 'artefacts', 'milliseconds')
    expect(built.app).to.have.all.keys('sha256', 'size', 'engine', 'modules')
    expect(built.bundle).to.have.all.keys('sha256', 'size')
    const artefacts = built.artefacts as { target: string; files: { path: string }[] }[]
    expect(artefacts.map((artefact) => artefact.target)).to.deep.equal(['linux', 'qemu'])
    expect(artefacts[0]).to.have.all.keys('target', 'layer', 'carries', 'files')
    expect(artefacts[0]?.files[0]).to.have.all.keys('path', 'size', 'sha256')
    expect(artefacts[1]?.files.map((file) => file.path)).to.satisfy((paths: string[]) =>
      paths.some((path) => /^dist\/qemu\/.*\.elf$/.test(path)),
    )
  })

  it('leaves warnings where they are read', async () => {
    writeFileSync(join(scratch(), 'a.ts'), 'export default { fetch: () => new Response("a") }')
    writeFileSync(join(scratch(), 'b.ts'), 'export default { fetch: () => new Response("b") }')
    const args = ['build', 'a.ts', 'b.ts', '-t', 'all', '-o', 'both', '--json']
    const { stdout, stderr } = await run(process.execPath, [join(packageRoot, 'bin/run.js'), ...args], {
      cwd: scratch(),
    })
    expect(JSON.parse(stdout)).to.have.property('artefacts')
    expect(stderr).to.include('warning: left out, as they hold one app only')
  })

  it('has a manifest and checksums beside it, over everything in the folder', async () => {
    const output = join(scratch(), 'release')
    writeFileSync(join(scratch(), 'one.ts'), 'console.log(1)')
    const build = (target: string) =>
      run(
        process.execPath,
        [join(packageRoot, 'bin/run.js'), 'build', 'one.ts', '-t', target, '-o', output],
        {
          cwd: scratch(),
        },
      )
    await build('linux')
    await build('qemu')
    const { stdout } = await run('sha256sum', ['-c', 'SHA256SUMS'], { cwd: output })
    expect(stdout).to.contain('linux/one: OK').and.contain('qemu/one.elf: OK')
    const { artefacts } = JSON.parse(readFileSync(join(output, 'manifest.json'), 'utf8'))
    expect(artefacts.map((artefact: { target: string }) => artefact.target)).to.deep.equal(['linux', 'qemu'])
  })

  it('has checksums of what is there also after a build that failed half-way', async () => {
    const output = join(scratch(), 'failed')
    writeFileSync(join(scratch(), 'two.ts'), 'console.log(2)')
    const cli = [join(packageRoot, 'bin/run.js'), 'build', '-o', output]
    await run(process.execPath, [...cli, 'two.ts', '-t', 'linux,qemu'], { cwd: scratch() })
    const rootfs = ['--rootfs', join(output, 'linux'), '--init', 'two']
    const failed = await tryRun(process.execPath, [...cli, ...rootfs, '-t', 'qemu,linux'])
    expect(failed).to.include({ exitCode: 1 })
    expect(failed.stderr).to.include('target linux has nothing to add')
    await run('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: output })
  })

  it('of targets lists every row', async () => {
    const { targets } = (await unik('targets')) as {
      targets: { target: string; layer: string; proof: string }[]
    }
    const names = readdirSync(join(packageRoot, 'targets'))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => file.slice(0, -3))
    expect(names).to.include.members(['efi', 'iso', 'linux', 'oci', 'pxe', 'qemu', 'raw'])
    expect(targets.map((row) => row.target)).to.deep.equal(names.sort())
    for (const row of targets) {
      expect(row).to.have.all.keys('target', 'layer', 'carries', 'summary', 'proof', ...described)
      expect(proofs).to.include(row.proof)
    }
  })

  it('of doctor says what was found', async () => {
    const { findings } = (await unik('doctor')) as { findings: { what: string; found: string }[] }
    expect(findings.find((finding) => finding.what === 'qemu-system-x86_64')?.found).to.match(
      /qemu-system-x86_64$/,
    )
  })
})

const described = ['artefact', 'platform', 'varies']
const proofs = [
  "booted on the platform's own hardware model",
  'booted on stand-in hardware',
  'device model',
  'format read by a foreign reader',
  'run as what it is',
  'run on a stand-in of its platform',
]
