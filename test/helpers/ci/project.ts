import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { needProgram } from '../../../base/find-program.js'
import { packageRoot } from '../../../base/package-root.js'
import { run } from '../../../base/run.js'

/** The package that users install, in `folder`; returns its file. */
export async function packUnik(folder: string): Promise<string> {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const { stdout } = await run('npm', args, { cwd: packageRoot, timeout: 120_000 })
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
  renameSync(join(folder, filename), join(folder, 'unik.tgz'))
  return join(folder, 'unik.tgz')
}

/** A project as `unik init --ci` writes it, which gets unik from that package and nothing else, its dependencies locked. */
export async function makeProject(folder: string, ci: string, unik: string): Promise<void> {
  await run(process.execPath, [join(packageRoot, 'bin/run.js'), 'init', folder, '--ci', ci])
  const file = join(folder, 'package.json')
  const description = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...description, devDependencies: { unik: `file:${unik}` } }))
  const args = ['install', '--package-lock-only', '--no-audit', '--no-fund', '--prefer-offline']
  await run('npm', args, { cwd: folder, timeout: 120_000 })
}

/**
 * A PATH that begins with programs which note what they were asked, one line a call, in `calls`: those that would change the machine, or that
 * talk to a service which cannot be reached from a test.
 */
export function recorders(
  folder: string,
  names: readonly string[],
): { env: Record<string, string>; calls: string } {
  const bin = join(folder, 'bin')
  const calls = join(folder, 'calls')
  mkdirSync(bin, { recursive: true })
  writeFileSync(calls, '')
  for (const name of names) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> '${calls}'\n`)
    chmodSync(join(bin, name), 0o755)
  }
  return { env: { PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` }, calls }
}

/** npm for jobs, in the folder of `recorders`: the first `npm ci` is a real one, of which later jobs get a copy. */
export function npmOnce(work: string, saved: string): void {
  const npm = needProgram({ program: 'npm', debianPackage: 'npm' }, 'install a package')
  const cache = process.env.npm_config_cache ?? join(homedir(), '.npm') // a job's HOME has none
  const script = `#!/bin/sh
if [ "$1" = ci ] && [ -d '${saved}' ]; then exec cp -al '${saved}' node_modules; fi
npm_config_cache='${cache}' npm_config_prefer_offline=true '${npm}' "$@" || exit
if [ "$1" = ci ]; then cp -al node_modules '${saved}'; fi
`
  writeFileSync(join(work, 'bin/npm'), script, { mode: 0o755 })
}
