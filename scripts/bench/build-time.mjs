// `unik build`, warm, as a user types it: process start to exit.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { packageRoot } from '../../lib/base/package-root.js'
import { buildApp } from './apps.mjs'
import { atMost, median, ms } from './row.mjs'

export async function buildTime(scratch) {
  const { entry, folder } = await buildApp(scratch, 'http')
  return [
    atMost('unik build, warm, one target', 400, timed(entry, folder, 'qemu'), ms),
    atMost('unik build, warm, all targets', 3000, timed(entry, folder, 'all'), ms),
  ]
}

function timed(entry, folder, target) {
  // Node reads these certificates at every start, in whatever program: 40 ms that are not ours.
  const env = { ...process.env }
  delete env.NODE_EXTRA_CA_CERTS
  const args = [join(packageRoot, 'bin/run.js'), 'build', entry, '-t', target]
  return median(
    Array.from({ length: 7 }, () => {
      const started = performance.now()
      const { status } = spawnSync(process.execPath, args, { cwd: folder, env })
      return status === 0 ? performance.now() - started : Number.NaN
    }),
  )
}
