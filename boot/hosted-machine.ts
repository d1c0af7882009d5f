import { atExit } from '../base/at-exit.js'
import { descendants } from '../base/descendants.js'
import { start } from '../base/run.js'
import type { Machine } from './machine.js'
import { processMachine } from './process-machine.js'

/** A program of ours for Node.js as a machine, which starts others itself: they go with it, and it with us, however we end. */
export async function hostedMachine(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cleanUp: () => void,
): Promise<Machine> {
  const running = await start(process.execPath, args, { env })
  const kill = () => {
    for (const pid of running.pid === undefined ? [] : descendants(running.pid)) endProcess(pid)
    running.kill('SIGKILL')
  }
  const forget = atExit(kill)
  const machine = processMachine(running, [process.execPath, ...args], () => {
    forget()
    cleanUp()
  })
  return { ...machine, endInput() {}, kill } // the end of its input tells it that we are gone
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {} // it has ended meanwhile
}
