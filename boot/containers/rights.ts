import { needProgram } from '../../base/find-program.js'
import { run, tryRun } from '../../base/run.js'
import { Unavailable } from '../../base/unavailable.js'
import type { RuntimeConfig } from './runtime-config.js'

/** What a person who is not root should know of a container. */
export const rootlessNote =
  'without root all of it is one user, in a namespace of users: the app does not run as a user of its own'

export const isRoot = (): boolean => process.getuid?.() === 0

/** For what takes root itself. */
export function needRoot(purpose: string): void {
  if (!isRoot()) throw refusal(purpose)
}

/** For what root can do, or anybody in a namespace of users, where the system lets them have one. */
export async function needNamespaces(purpose: string): Promise<void> {
  if (isRoot()) return
  const { exitCode } = await tryRun(needProgram(unshare, purpose), ['--map-root-user', 'true'])
  if (exitCode !== 0) throw refusal(purpose)
}

/** Runs a program to its end as root: of the system, or of a namespace of users that holds but the one who runs it. */
export async function runAsRoot(program: string, args: readonly string[]): Promise<void> {
  if (isRoot()) await run(program, args)
  else await run(needProgram(unshare, 'be root of a namespace'), ['--map-root-user', program, ...args])
}

/** A container for somebody who is not root: its only user is the namespace's root, and what takes more is left out. */
export function asOneUser(config: RuntimeConfig): void {
  const { process: own, linux } = config
  own.user = { ...own.user, uid: 0, gid: 0 }
  const others = linux.namespaces.filter(({ type }) => type !== 'user' && type !== 'pid')
  linux.namespaces = [...others, { type: 'user' }, { type: 'pid' }] // /proc is mounted by who owns both
  linux.uidMappings = [{ containerID: 0, hostID: process.getuid?.() ?? 0, size: 1 }]
  linux.gidMappings = [{ containerID: 0, hostID: process.getgid?.() ?? 0, size: 1 }]
  linux.resources = {}
  // A new one belongs to who owns the network, which is the host's.
  config.mounts = config.mounts
    .filter(({ type }) => type !== 'cgroup')
    .map((mount) => (mount.type === 'sysfs' ? hostsSys : mount))
}

const unshare = { program: 'unshare', debianPackage: 'util-linux' }
const hostsSys = {
  destination: '/sys',
  type: 'none',
  source: '/sys',
  options: ['rbind', 'nosuid', 'noexec', 'nodev', 'ro'],
}

function refusal(purpose: string): Unavailable {
  return new Unavailable('root', `only root can ${purpose} here`, {
    hint: 'run unik as root, or boot another target: -t linux, -t qemu',
  })
}
