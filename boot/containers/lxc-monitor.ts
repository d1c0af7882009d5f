import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { type Running, start, tryRun } from '../../base/run.js'
import { UserError } from '../../base/user-error.js'

/** Tells how a container's program ended: lxc-start ends with 0 whatever it did. */
export interface LxcMonitor {
  /** After its end. `log` is lxc-start's, at level DEBUG. */
  end(log: string): Promise<Awaited<Running['ended']>>
}

/** Milliseconds for LXC's daemon to come up. */
const patience = 10_000

/** Begins to watch the container of that name in a folder of containers. */
export async function startLxcMonitor(program: string, folder: string, name: string): Promise<LxcMonitor> {
  const monitor = await start(program, ['-P', folder, '-n', name])
  let told = ''
  monitor.stdout.on('data', (text) => {
    told += text
  })
  const deadline = performance.now() + patience
  while (!isConnected(folder)) {
    if (performance.now() > deadline)
      throw new UserError('lxc-monitor finds no daemon to tell it of containers')
    await pause(10)
  }
  return {
    async end(log) {
      await tryRun(program, ['-P', folder, '-Q']) // the daemon, too
      monitor.kill('SIGTERM')
      await monitor.ended
      return endOf(told, log)
    },
  }
}

// What is told before lxc-monitor is there is lost. unix(7): its daemon's end of the connection has the folder in its name.
function isConnected(folder: string): boolean {
  const connected = '03'
  return readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .some((line) => line.split(/\s+/)[5] === connected && line.endsWith(folder))
}

function endOf(told: string, log: string): Awaited<Running['ended']> {
  const signal = /Unknown exit status for container .* init (\d+)/.exec(log)?.[1]
  if (signal !== undefined && signal !== '0') return { exitCode: 128 + Number(signal), signal: undefined }
  const status = /exited with status \[(\d+)\]/.exec(told)?.[1]
  return { exitCode: status === undefined ? undefined : Number(status), signal: undefined }
}
