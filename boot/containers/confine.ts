import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, type Tool } from '../../base/find-program.js'
import { run } from '../../base/run.js'
import { isRoot } from './rights.js'
import { everySet, type RuntimeConfig, type Seccomp, type SeccompRule } from './runtime-config.js'
import { isOn, lastOf, type ServiceUnit, wordsOf } from './systemd-unit.js'

/** Knows the sets of system calls by which units filter. */
export const systemdAnalyze: Tool = { program: 'systemd-analyze', debianPackage: 'systemd' }

/** Puts what a unit says of its process's surroundings (systemd.exec(5)) into a container's configuration. */
export async function confine(config: RuntimeConfig, unit: ServiceUnit, root: string): Promise<void> {
  const { process, linux } = config
  process.user.umask = Number.parseInt(lastOf(unit, 'UMask') ?? '0022', 8)
  process.noNewPrivileges = isOn(unit, 'NoNewPrivileges')
  const ambient = wordsOf(unit, 'AmbientCapabilities')
  process.capabilities = { ...everySet(ambient), bounding: wordsOf(unit, 'CapabilityBoundingSet') }
  if (lastOf(unit, 'ProtectSystem') === 'strict') config.root.readonly = true
  if (isOn(unit, 'PrivateTmp'))
    for (const destination of ['/tmp', '/var/tmp'])
      config.mounts.push({
        destination,
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'nodev', 'mode=1777'],
      })
  // Of other users' processes nothing shows (proc(5), hidepid).
  if (lastOf(unit, 'ProtectProc') === 'invisible')
    config.mounts.find(({ destination }) => destination === '/proc')?.options?.push('hidepid=2')
  if (isOn(unit, 'ProtectHome')) linux.maskedPaths.push('/home', '/root', '/run/user')
  if (isOn(unit, 'ProtectKernelLogs')) linux.maskedPaths.push('/proc/kmsg')
  if (isOn(unit, 'ProtectKernelModules')) linux.maskedPaths.push('/usr/lib/modules')
  for (const folder of wordsOf(unit, 'StateDirectory')) addState(config, root, folder)
  const seccomp = await filterOf(unit)
  if (seccomp !== undefined) linux.seccomp = seccomp
}

// The one place of a read-only system that the service may write to.
function addState(config: RuntimeConfig, root: string, folder: string): void {
  const destination = `/var/lib/${folder}`
  const source = join(root, destination)
  mkdirSync(source, { recursive: true, mode: 0o700 })
  if (isRoot()) chownSync(source, config.process.user.uid, config.process.user.gid)
  config.mounts.push({ destination, source, options: ['bind', 'rw', 'nosuid', 'nodev'] })
  config.process.env.push(`STATE_DIRECTORY=${destination}`)
}

/** Errors of Linux, as numbers. */
const EPERM = 1
const ENOSYS = 38

/** The system calls that the unit lets through; undefined: it filters none, or nobody here knows its sets. */
async function filterOf(unit: ServiceUnit): Promise<Seccomp | undefined> {
  const lists = unit.get('SystemCallFilter') ?? []
  const analyze = findProgram(systemdAnalyze.program)
  if (lists.length === 0 || analyze === undefined) return undefined
  const allowed = new Set<string>()
  for (const list of lists)
    for (const word of list.replace(/^~/, '').split(/\s+/))
      for (const name of await callsOf(analyze, word))
        if (list.startsWith('~')) allowed.delete(name)
        else allowed.add(name)
  const conditions = conditionsOf(unit)
  for (const { names } of conditions) for (const name of names) allowed.delete(name)
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    architectures: ['SCMP_ARCH_X86_64'],
    syscalls: [{ names: [...allowed].sort(), action: 'SCMP_ACT_ALLOW' }, ...conditions],
  }
}

/** The names of a set, those of the sets in it included. */
async function callsOf(analyze: string, word: string): Promise<readonly string[]> {
  if (!word.startsWith('@')) return [word]
  const { stdout } = await run(analyze, ['syscall-filter', '--no-pager', word])
  const words = [...stdout.matchAll(/^ {4}([@\w-]+)$/gm)].map(([, name]) => name ?? '')
  return (await Promise.all(words.map((each) => callsOf(analyze, each)))).flat()
}

const PROT_WRITE = 2
const PROT_EXEC = 4
const SHM_EXEC = 0o100000
/** Of clone(2): all that make a namespace. */
const CLONE_NEW = 0x7e020000
const families: Readonly<Record<string, number>> = { AF_UNIX: 1, AF_INET: 2, AF_INET6: 10, AF_NETLINK: 16 }

/** Calls that are let through with some arguments only: what the unit's other switches are made of. */
function conditionsOf(unit: ServiceUnit): SeccompRule[] {
  const rules: SeccompRule[] = []
  const allow = (names: readonly string[], index: number, mask: number, value: number) =>
    rules.push({
      names,
      action: 'SCMP_ACT_ALLOW',
      args: [{ index, value: mask, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' }],
    })
  for (const family of wordsOf(unit, 'RestrictAddressFamilies'))
    allow(['socket'], 0, 0xffffffff, families[family] ?? 0)
  if (isOn(unit, 'MemoryDenyWriteExecute')) {
    for (const protection of [0, PROT_WRITE, PROT_EXEC])
      allow(['mmap'], 2, PROT_WRITE | PROT_EXEC, protection)
    allow(['mprotect', 'pkey_mprotect'], 2, PROT_EXEC, 0)
    allow(['shmat'], 2, SHM_EXEC, 0)
  }
  if (isOn(unit, 'RestrictNamespaces')) {
    allow(['clone'], 0, CLONE_NEW, 0)
    rules.push({ names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS }) // its flags are in memory
    rules.push({ names: ['unshare', 'setns'], action: 'SCMP_ACT_ERRNO', errnoRet: EPERM })
  }
  return rules
}
