import { spawnSync } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { scratchFolder } from '../helpers/scratch.js'

const MiB = 2 ** 20
/** Of assets. The app ELF holds them too, and is linked in memory: `linux` has both there. */
const size = 159 * MiB

// Peaks of whole processes, so that they hold what the garbage collector has not yet taken: about 100 MiB, whatever the app's size.
describe('memory that a build takes', function () {
  this.timeout(600_000)
  const scratch = scratchFolder()
  let ofApp = 0
  before(() => {
    writeApp(scratch())
    ofApp = peak(scratch(), ['linux'])
  })

  it('of packages, layers, archives and disks does not hold one of them whole', () => {
    const targets = ['apk', 'deb', 'kubevirt', 'lambda', 'lxc', 'npm', 'oci', 'rpm', 'vmware', 'web']
    expect(peak(scratch(), targets)).to.be.below(ofApp + size)
  })

  it('of a file that a boot loader takes holds that file, in which the app ELF stands', () => {
    expect(peak(scratch(), ['qemu'])).to.be.below(ofApp + 1.5 * size)
    expect(peak(scratch(), ['unikernel-oci'])).to.be.below(ofApp + 2 * size)
  })
})

/** A third of the assets is noise, which stays as large when it is compressed. */
function writeApp(folder: string): void {
  writeFileSync(join(folder, 'app.ts'), 'export default { fetch: () => new Response("hello") }\n')
  writeFileSync(join(folder, 'unik.config.ts'), "export default { entry: 'app.ts', assets: 'assets' }\n")
  mkdirSync(join(folder, 'assets'))
  const cipher = createCipheriv('aes-128-ctr', new Uint8Array(16), new Uint8Array(16))
  const handle = openSync(join(folder, 'assets/data'), 'w')
  for (let done = 0; done < size; done += 3 * MiB) {
    writeSync(handle, cipher.update(new Uint8Array(MiB)))
    writeSync(handle, new Uint8Array(2 * MiB).fill(done / MiB))
  }
  closeSync(handle)
}

/** Bytes of the largest resident set of a process that builds these targets. */
function peak(folder: string, targets: readonly string[]): number {
  const pipeline = pathToFileURL(join(packageRoot, 'lib/cli/pipeline.js')).href
  const script = `import { build } from ${JSON.stringify(pipeline)}
await build({ entries: [], targets: ${JSON.stringify(targets)}, env: {}, output: 'dist', cwd: process.cwd() })
console.log(process.resourceUsage().maxRSS)`
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 500_000,
  })
  expect(status, stderr).to.equal(0)
  return Number(stdout) * 1024
}
