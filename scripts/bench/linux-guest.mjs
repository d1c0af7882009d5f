// A Linux guest to compare with: Debian's kernel, as it comes, with an initial file system that holds one program and modules.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { packageRoot } from '../../lib/base/package-root.js'
import { writeCpio } from '../../lib/targets/formats/cpio.js'

/** Fetches the kernel into .cache/bench, once. Undefined where there is no apt. */
export function linuxKernel() {
  const folder = join(packageRoot, '.cache/bench/linux')
  if (!existsSync(folder) && !fetchKernel(folder)) return undefined
  const version = readdirSync(join(folder, 'lib/modules'))[0]
  const modules = new Map(
    readdirSync(join(folder, 'lib/modules', version), { recursive: true })
      .filter((path) => path.endsWith('.ko'))
      .map((path) => [moduleName(path), join(folder, 'lib/modules', version, path)]),
  )
  return { version, image: join(folder, 'boot', `vmlinuz-${version}`), modules }
}

/** An initramfs with the program as /init. Also returns the modules' paths in it, in the order in which they load. */
export function linuxInitramfs(file, { kernel, program, modules }) {
  const names = withDependencies(kernel, modules)
  const entries = names.map((name) => ({
    path: `modules/${name}.ko`,
    type: 'file',
    mode: 0o644,
    data: readFileSync(kernel.modules.get(name)),
  }))
  const folders = ['dev', 'proc', 'modules'].map((path) => ({ path, type: 'dir', mode: 0o755 }))
  const init = { path: 'init', type: 'file', mode: 0o755, data: readFileSync(program) }
  writeFileSync(file, writeCpio([...folders, ...entries, init]))
  return entries.map(({ path }) => `/${path}`)
}

function fetchKernel(folder) {
  const names = spawnSync('apt-cache', ['depends', 'linux-image-amd64'], { encoding: 'utf8' })
  const name = /Depends: (linux-image-\S+)/.exec(names.stdout ?? '')?.[1]
  if (name === undefined) return false
  const beside = `${folder}.new`
  rmSync(beside, { recursive: true, force: true })
  mkdirSync(beside, { recursive: true })
  execFileSync('apt-get', ['download', '-q', name], { cwd: beside, stdio: ['ignore', 'ignore', 'inherit'] })
  const archive = readdirSync(beside).find((file) => file.endsWith('.deb'))
  execFileSync('dpkg-deb', ['-x', archive, '.'], { cwd: beside })
  rmSync(join(beside, archive))
  renameSync(beside, folder)
  return true
}

// Each module names those that it needs in its .modinfo section, as NUL-terminated texts.
function withDependencies(kernel, names, found = []) {
  for (const name of names.filter((one) => kernel.modules.has(one) && !found.includes(one))) {
    const needed = /\0depends=([^\0]*)\0/.exec(readFileSync(kernel.modules.get(name), 'latin1'))?.[1] ?? ''
    withDependencies(kernel, needed.split(',').map(moduleName), found)
    if (!found.includes(name)) found.push(name)
  }
  return found
}

function moduleName(path) {
  return basename(path, '.ko').replaceAll('-', '_')
}
