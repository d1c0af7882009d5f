import { setTimeout as pause } from 'node:timers/promises'
import { temporaryFolder } from '../base/temporary-folder.js'
import { AppRun } from '../boot/suite/app-run.js'
import type { Reference } from '../boot/suite/run-order.js'
import { startBoot } from './boot-session.js'
import type { Artefact } from './pipeline.js'
import type { TestSubject } from './test-subject.js'

/** Seconds that it may take to answer, or, where it does not serve, to end by itself. */
const limit = 10

/**
 * What the app does as a process of this machine, run twice, a second apart: lines of its console that are not the same each
 * time, or that tell the time of day, are nothing to hold other rows to. Undefined where it cannot be run here.
 */
export async function recordReference(subject: TestSubject): Promise<Reference | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const work = temporaryFolder('unik-reference-')
  try {
    const linux = await subject.linux(work.path)
    const first = linux && (await observe(linux))
    if (linux === undefined || first === undefined) return undefined
    await pause(1100)
    const again = await observe(linux)
    if (again?.status !== first.status) return undefined
    const lines = first.lines.filter((line) => again.lines.includes(line) && !/\d:\d\d/.test(line))
    return { ...first, lines: lines.slice(0, 20) }
  } finally {
    work.remove()
  }
}

/** Undefined: it does not run, or does not end when it is told to; what that means is for the rows to say. */
async function observe(artefact: Artefact): Promise<Reference | undefined> {
  const { target, carries, folder, facts } = artefact
  const serves = facts.port !== undefined
  const run = new AppRun(
    {
      ...{ target, carries, layer: 'static linking', way: '', files: [], reference: undefined },
      ...{ serves, traced: false, timeout: limit },
    },
    (watch) =>
      startBoot({
        ...{ subject: folder, target: undefined, output: folder, cwd: folder, env: {}, args: [] },
        ...{ memory: undefined, ports: [], accel: 'auto', timeout: 0, kernelWords: [] },
        ...watch,
      }),
  )
  if (!(await run.begin())) return undefined
  const { last } = run
  const ended = () => Promise.race([last.ended, pause(limit * 1000, undefined, { ref: false })])
  if (!serves) await ended()
  const endsByItself = last.report !== undefined
  const lines = last.text().split('\n')
  if (!endsByItself) await last.guest.shutdown()
  const report = await ended()
  await run.end()
  if (report === undefined) return undefined
  return { lines: lines.filter((line) => line.trim() !== ''), endsByItself, status: report.status }
}
