import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { needProgram, type Tool } from '../../base/find-program.js'
import { run } from '../../base/run.js'
import type { MachineOptions } from '../machine.js'
import { isRoot } from './rights.js'
import { everySet, type RuntimeConfig, runtimeConfig } from './runtime-config.js'

/** The first user and group that Alpine gives a package (adduser -S). */
const user = { uid: 100, gid: 101 }

/** What supervise-daemon(8) is told by a service's script, read as openrc-run(8) does: by a shell, settings first. */
export async function openrcService(
  root: string,
  name: string,
  options: MachineOptions,
): Promise<RuntimeConfig> {
  const settings = await settingsOf(root, name)
  const {
    command = '',
    directory = '/',
    umask = '0022',
    capabilities,
    no_new_privs: locked,
  } = settings.variables
  const config = runtimeConfig({
    args: [command, ...options.args],
    env: { PATH: '/sbin:/usr/sbin:/bin:/usr/bin', ...settings.environment, ...options.env },
    cwd: directory,
    user: { ...user, umask: Number.parseInt(umask, 8) },
    // `^` means: as an ambient one, too.
    capabilities: capabilities === undefined ? [] : [capabilities.replace(/^\^/, '').toUpperCase()],
  })
  config.process.capabilities = everySet(config.process.capabilities.ambient)
  config.process.noNewPrivileges = locked === 'yes'
  mkdirSync(join(root, directory), { recursive: true, mode: 0o750 })
  if (isRoot()) chownSync(join(root, directory), user.uid, user.gid)
  return config
}

/** Has Alpine's own shell. */
export const busybox: Tool = { program: 'busybox', debianPackage: 'busybox-static' }

interface Settings {
  readonly variables: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
}

async function settingsOf(root: string, name: string): Promise<Settings> {
  const shell = needProgram(busybox, "read an OpenRC service as Alpine's shell does")
  const script = `. ${root}/etc/conf.d/${name}
env -0
printf '\\0'
. ${root}/etc/init.d/${name}
for name in command directory umask capabilities no_new_privs; do
  eval "[ -z \\"\\\${$name+x}\\" ] || printf '%s=%s\\0' $name \\"\\$$name\\""
done`
  const { stdout } = await run(shell, ['env', '-i', shell, 'ash', '-eu', '-c', script])
  const [environment = '', variables = ''] = stdout.split('\0\0')
  const { PWD: _, SHLVL: __, ...exported } = assignments(environment) // the shell's own
  return { environment: exported, variables: assignments(variables) }
}

function assignments(text: string): Record<string, string> {
  const pairs = text.split('\0').filter((each) => each.includes('='))
  return Object.fromEntries(
    pairs.map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]),
  )
}
