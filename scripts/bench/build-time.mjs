// `unik build`, warm, as a user types it: process start to exit. `unik dev`: a save to the first response of what it made.
import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../lib/base/package-root.js'
import { buildApp } from './apps.mjs'
import { atMost, median, ms } from './row.mjs'

export async function buildTime(scratch) {
  const { entry, folder } = await buildApp(scratch, 'http')
  return [
    atMost('unik build, warm, one target', 400, timed(entry, folder, 'qemu'), ms),
    atMost('unik build, warm, one target of a GiB', 400, timed(entry, folder, 'raw'), ms),
    atMost('unik build, warm, all targets', 3000, timed(entry, folder, 'all'), ms),
    atMost('unik dev, save → first response', 1000, await savedToAnswered(entry, folder), ms),
  ]
}

// Node reads these certificates at every start, in whatever program: 40 ms that are not ours.
const env = { ...process.env }
delete env.NODE_EXTRA_CA_CERTS

function timed(entry, folder, target) {
  const args = [join(packageRoot, 'bin/run.js'), 'build', entry, '-t', target]
  return median(
    Array.from({ length: 7 }, () => {
      const started = performance.now()
      const { status } = spawnSync(process.execPath, args, { cwd: folder, env })
      return status === 0 ? performance.now() - started : Number.NaN
    }),
  )
}

async function savedToAnswered(entry, folder) {
  const dev = spawn(process.execPath, [join(packageRoot, 'bin/run.js'), 'dev', entry], { cwd: folder, env })
  const nextAnswer = () =>
    new Promise((resolve) => {
      const onText = (text) => {
        const answered = /answers, (\d+) ms/.exec(text)
        if (answered === null) return
        dev.stderr.off('data', onText)
        resolve(Number(answered[1]))
      }
      dev.stderr.on('data', onText)
      dev.once('exit', () => resolve(Number.NaN))
    })
  await nextAnswer()
  const times = []
  for (let i = 0; i < 7; i++) {
    appendFileSync(entry, '\n')
    times.push(await nextAnswer())
  }
  dev.kill('SIGTERM')
  return median(times)
}
