// Makes minimal installations of Debian in .cache/roots/<suite>, in which the tests install packages. Takes root, and the Debian mirror
// that the machine uses.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { debianMirror } from './third-party.mjs'

export const suites = ['bookworm', 'trixie']

/** Where each is, relative to the repository. */
export const debianRoot = (suite) => `.cache/roots/${suite}`

/** Makes what is missing, side by side; throws when one cannot be made. */
export function makeDebianRoots(root) {
  const missing = suites.filter((suite) => !existsSync(join(root, debianRoot(suite))))
  if (missing.length === 0) return
  mkdirSync(join(root, '.cache/roots'), { recursive: true })
  const part = (suite) => join(root, `${debianRoot(suite)}.part`)
  for (const suite of missing) rmSync(part(suite), { recursive: true, force: true })
  const mirror = debianMirror()
  const jobs = missing.map(
    (suite) => `debootstrap --variant=minbase ${suite} '${part(suite)}' '${mirror}' & jobs="$jobs $!"`,
  )
  const script = `${jobs.join('\n')}\nfor job in $jobs; do wait "$job" || exit 1; done`
  execFileSync('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 })
  for (const suite of missing) renameSync(part(suite), join(root, debianRoot(suite)))
}
