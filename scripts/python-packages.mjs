// Installs what the tests run of Python, by scripts/python-packages.txt, into .cache/python. Without its registry the tests that need it
// are skipped and say so.
import { spawnSync } from 'node:child_process'
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export function installPythonPackages(root) {
  const folder = join(root, '.cache/python')
  const part = `${folder}.part`
  rmSync(part, { recursive: true, force: true })
  const { status, stderr, error } = spawnSync(
    'python3',
    [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--no-compile'],
      ...['--target', part, '--requirement', join(root, 'scripts/python-packages.txt')],
    ],
    { encoding: 'utf8', env: { ...process.env, PIP_ROOT_USER_ACTION: 'ignore' } },
  )
  if (status === 0) {
    rmSync(folder, { recursive: true, force: true })
    renameSync(part, folder)
    return
  }
  rmSync(part, { recursive: true, force: true })
  const why = (error?.message ?? stderr).trimEnd().split('\n').at(-1)
  console.error(`  Python packages cannot be installed, and the tests that need them will be skipped: ${why}`)
}
