// Unpacks Debian packages of programs that tests run as guests into .cache/programs, with the libraries that this machine lacks. They are
// not installed: most would start a server.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Where, relative to the repository. */
export const linuxPrograms = '.cache/programs'

/** Takes the package lists that apt-get has. */
export function unpackLinuxPrograms(root) {
  const folder = join(root, linuxPrograms)
  const [part, packages] = [`${folder}.part`, `${folder}.debs`]
  for (const path of [part, packages]) rmSync(path, { recursive: true, force: true })
  for (const path of [part, packages]) mkdirSync(path, { recursive: true })
  execute('apt-get', ['-q', 'download', ...missingPackages(root)], packages)
  for (const file of readdirSync(packages))
    execute('dpkg-deb', ['--extract', join(packages, file), part], root)
  rmSync(packages, { recursive: true })
  rmSync(folder, { recursive: true, force: true })
  renameSync(part, folder)
}

// What installing them would fetch: 'ADDRESS' NAME_VERSION_ARCHITECTURE.deb SIZE HASH
function missingPackages(root) {
  const { programs } = JSON.parse(readFileSync(join(root, 'scripts/packages.json'), 'utf8'))
  const options = ['--yes', '--no-install-recommends', '--print-uris']
  const told = execute('apt-get', ['-qq', 'install', ...options, ...programs], root)
  return [...told.matchAll(/^'\S+' ([^_\s]+)_\S+\.deb /gm)].map((match) => match[1])
}

function execute(program, args, cwd) {
  return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
