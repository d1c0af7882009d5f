import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { atExit } from '../../base/at-exit.js'
import { needProgram, type Tool } from '../../base/find-program.js'
import { start } from '../../base/run.js'
import { temporaryFolder } from '../../base/temporary-folder.js'
import type { Machine } from '../machine.js'
import { processMachine } from '../process-machine.js'
import { isRoot, needNamespaces, rootlessNote } from './rights.js'

/** The user of minimal images, "nonroot". */
export const nobody = { uid: 65532, gid: 65532 } as const

/** What runs a bundle. */
export const runc: Tool = { program: 'runc', debianPackage: 'runc' }

/** Runs the bundle that `prepare` makes in a folder of this run's own: `prepare` returns the bundle's folder. */
export async function runBundle(
  prepare: (work: string) => Promise<string>,
  more: Pick<Machine, 'note'> = {},
): Promise<Machine> {
  const program = needProgram(runc, 'run a container')
  await needNamespaces('run a container')
  const work = temporaryFolder('unik-container-')
  let bundle: string
  try {
    bundle = await prepare(work.path)
  } catch (error) {
    work.remove()
    throw error
  }
  const pidFile = join(work.path, 'pid')
  const args = ['--root', join(work.path, 'state'), 'run', '--bundle', bundle]
  const running = await start(program, [...args, '--pid-file', pidFile, basename(work.path)])
  const kill = () => killContainer(pidFile) || running.kill('SIGKILL')
  const forget = atExit(kill)
  return {
    // runc passes signals on
    ...processMachine(running, [program, ...args, basename(work.path)], () => {
      forget()
      work.remove()
    }),
    note: isRoot() ? more.note : [more.note, rootlessNote].filter(Boolean).join('; '),
    kill,
  }
}

// Killing runc would leave its container running; when the container ends, runc does, and tidies up. False: there is none yet.
function killContainer(pidFile: string): boolean {
  try {
    return process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL')
  } catch {
    return false
  }
}
