import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { needProgram } from '../../base/find-program.js'
import { type Running, run, start, tryRun } from '../../base/run.js'
import { temporaryFolder } from '../../base/temporary-folder.js'
import type { LxcRecipe } from '../../targets/lib/recipe.js'
import { needRoot } from '../containers/runc.js'
import type { MachineKind, MachineOptions } from '../machine.js'
import { processMachine } from '../process-machine.js'

/** A system container by LXC's own tools: made by its `local` template, started, and stopped as its configuration says. */
const lxc: MachineKind<LxcRecipe> = {
  name: 'lxc',
  sharesHostPorts: true,
  needs: () => [lxcTools],
  async start(recipe, options) {
    const program = (name: string) => needProgram({ program: name, ...lxcTools }, 'run a system container')
    needRoot('start a system container')
    const [create, begin, stop] = ['lxc-create', 'lxc-start', 'lxc-stop'].map(program) as [
      string,
      string,
      string,
    ]
    const work = temporaryFolder('unik-lxc-')
    chmodSync(work.path, 0o755) // it runs as another user
    const containers = join(work.path, 'containers')
    mkdirSync(containers)
    const which = ['-P', containers, '-n', name]
    try {
      const config = join(work.path, 'config')
      writeFileSync(config, settings(options))
      const archives = ['-m', recipe.metadata, '-f', recipe.rootfs]
      await run(create, [...which, '-t', 'local', '-f', config, '--', ...archives])
    } catch (error) {
      work.remove()
      throw error
    }
    const log = join(work.path, 'log')
    const monitor = await start(program('lxc-monitor'), which)
    let told = ''
    monitor.stdout.on('data', (text) => {
      told += text
    })
    const args = [...which, '-F', '-l', 'DEBUG', '-o', log, ...command(containers, options.args)]
    const running = await start(begin, args)
    const ended = running.ended.then(async () => {
      await tryRun(program('lxc-monitor'), ['-P', containers, '-Q'])
      monitor.kill('SIGTERM')
      await monitor.ended
      return endOf(told, readFileSync(log, 'utf8'))
    })
    const process_: Running = { ...running, ended }
    return {
      ...processMachine(process_, [begin, ...args], work.remove),
      interrupt: () => void tryRun(stop, [...which, '-t', '10']),
      shutdown: async () => void tryRun(stop, [...which, '-t', '10']),
      signal: async (signal) => {
        const { stdout } = await tryRun(program('lxc-info'), [...which, '-pH'])
        if (stdout.trim() !== '') process.kill(Number(stdout), signal)
      },
      kill: () => void tryRun(stop, [...which, '-k']),
    }
  },
}
export default lxc

const name = 'unik'
const lxcTools = { debianPackage: 'lxc' }

/** What the administrator adds to a container's configuration. Its console is this program's standard streams. */
function settings(options: MachineOptions): string {
  const env = Object.entries(options.env).map(([key, value]) => `lxc.environment = ${key}=${value}`)
  const own = ['lxc.net.0.type = none', 'lxc.apparmor.profile = unconfined', 'lxc.console.path = none']
  return [...own, ...env, ''].join('\n')
}

// Only with arguments is there a command to give: else its configuration's own.
function command(containers: string, args: readonly string[]): string[] {
  if (args.length === 0) return []
  const init = /^lxc\.init\.cmd = (.+)$/m.exec(readFileSync(join(containers, name, 'config'), 'utf8'))?.[1]
  return ['--', init ?? '/sbin/init', ...args]
}

/** lxc-start ends with 0 whatever the program did: lxc-monitor tells its status, the log the signal that ended it. */
function endOf(told: string, log: string): Awaited<Running['ended']> {
  const signal = /Unknown exit status for container .* init (\d+)/.exec(log)?.[1]
  if (signal !== undefined && signal !== '0') return { exitCode: 128 + Number(signal), signal: undefined }
  const status = /exited with status \[(\d+)\]/.exec(told)?.[1]
  return { exitCode: status === undefined ? undefined : Number(status), signal: undefined }
}
