import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { atExit } from '../../base/at-exit.js'
import { needProgram } from '../../base/find-program.js'
import { run, start, tryRun } from '../../base/run.js'
import { temporaryFolder } from '../../base/temporary-folder.js'
import type { LxcRecipe } from '../../targets/lib/recipe.js'
import { startLxcMonitor } from '../containers/lxc-monitor.js'
import { needRoot } from '../containers/rights.js'
import { killDescendants } from '../kill-descendants.js'
import type { MachineKind, MachineOptions } from '../machine.js'
import { processMachine } from '../process-machine.js'

/** A system container by LXC's own tools: made by its `local` template, started, and stopped as its configuration says. */
const lxc: MachineKind<LxcRecipe> = {
  name: 'lxc',
  sharesHostPorts: true,
  needs: () => [lxcTools],
  async start(recipe, options) {
    const [begin, stop, info, monitor] = ['lxc-start', 'lxc-stop', 'lxc-info', 'lxc-monitor'].map(
      program,
    ) as [string, string, string, string]
    needRoot('start a system container')
    const work = temporaryFolder('unik-lxc-')
    const containers = join(work.path, 'containers')
    const which = ['-P', containers, '-n', name]
    const log = join(work.path, 'log')
    try {
      await create(recipe, options, work.path, which)
      const watch = await startLxcMonitor(monitor, containers, name)
      const args = [...which, '-F', '-l', 'DEBUG', '-o', log, ...command(containers, options.args)]
      const running = await start(begin, args)
      const kill = () => killDescendants(running) // the container's first process is its child
      const forget = atExit(kill)
      const ended = running.ended.then(() => watch.end(readFileSync(log, 'utf8')))
      const machine = processMachine({ ...running, ended }, [begin, ...args], () => {
        forget()
        work.remove()
      })
      const halt = async () => void tryRun(stop, [...which, '-t', '10']) // by the signal that its configuration names
      const signal = sender(info, which)
      return { ...machine, shutdown: halt, interrupt: () => void signal('SIGINT'), signal, kill }
    } catch (error) {
      work.remove()
      throw error
    }
  },
}
export default lxc

const name = 'unik'
const lxcTools = { debianPackage: 'lxc' }

const program = (name: string) => needProgram({ program: name, ...lxcTools }, 'run a system container')

async function create(
  recipe: LxcRecipe,
  options: MachineOptions,
  work: string,
  which: readonly string[],
): Promise<void> {
  chmodSync(work, 0o755) // it runs as another user
  mkdirSync(join(work, 'containers'))
  const config = join(work, 'config')
  writeFileSync(config, settings(options))
  const archives = ['-m', recipe.metadata, '-f', recipe.rootfs]
  await run(program('lxc-create'), [...which, '-t', 'local', '-f', config, '--', ...archives])
}

function sender(info: string, which: readonly string[]) {
  return async (signal: NodeJS.Signals) => {
    const { stdout } = await tryRun(info, [...which, '-pH'])
    if (stdout.trim() !== '') process.kill(Number(stdout), signal)
  }
}

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
