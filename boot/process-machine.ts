import type { Running } from '../base/run.js'
import type { Machine } from './machine.js'

/** A program of the host's as a machine: its platform speaks to it by signals. `commandLine` repeats the run. */
export function processMachine(
  running: Running,
  commandLine: readonly string[],
  cleanUp: () => void = () => {},
): Machine {
  return {
    process: running,
    commandLine,
    speaks: 'process',
    interrupt: () => running.kill('SIGINT'),
    shutdown: async () => running.kill('SIGTERM'),
    signal: (name) => running.kill(name),
    endInput: () => void running.stdin.end(),
    kill: () => running.kill('SIGKILL'),
    cleanUp,
  }
}
