import { atExit } from '../base/at-exit.js'
import { start } from '../base/run.js'
import { killDescendants } from './kill-descendants.js'
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
    killDescendants(running)
    running.kill('SIGKILL')
  }
  const forget = atExit(kill)
  const machine = processMachine(running, [process.execPath, ...args], () => {
    forget()
    cleanUp()
  })
  return { ...machine, endInput() {}, kill } // the end of its input tells it that we are gone
}
