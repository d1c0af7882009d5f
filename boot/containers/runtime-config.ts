import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asOneUser, isRoot } from './rights.js'

/** The parts of an OCI runtime configuration (config.json of a bundle) that are decided here. */
export interface RuntimeConfig {
  ociVersion: string
  process: {
    terminal: boolean
    user: { uid: number; gid: number; umask?: number }
    args: string[]
    env: string[]
    cwd: string
    capabilities: Capabilities
    noNewPrivileges: boolean
    rlimits?: { type: string; hard: number; soft: number }[]
  }
  root: { path: string; readonly: boolean }
  hostname?: string
  mounts: Mount[]
  linux: {
    namespaces: { type: string; path?: string }[]
    uidMappings?: IdMapping[]
    gidMappings?: IdMapping[]
    resources?: unknown
    seccomp?: Seccomp
    maskedPaths: string[]
    readonlyPaths: string[]
  }
}

export interface Mount {
  destination: string
  type?: string
  source: string
  options?: string[]
}

export type Capabilities = Record<
  'bounding' | 'effective' | 'inheritable' | 'permitted' | 'ambient',
  readonly string[]
>

export interface Seccomp {
  readonly defaultAction: string
  readonly defaultErrnoRet?: number
  readonly architectures: readonly string[]
  readonly syscalls: readonly SeccompRule[]
}

/** Of several conditions all must hold. */
export interface SeccompRule {
  readonly names: readonly string[]
  readonly action: string
  readonly errnoRet?: number
  readonly args?: readonly {
    readonly index: number
    readonly value: number
    readonly valueTwo?: number
    readonly op: string
  }[]
}

export interface IdMapping {
  readonly containerID: number
  readonly hostID: number
  readonly size: number
}

/** A process, as a platform starts it in a root file system. */
export interface ContainerProcess {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly user: { readonly uid: number; readonly gid: number; readonly umask?: number }
  readonly capabilities?: readonly string[]
}

/** In the host's network, with file systems of its own for what programs expect in /proc, /dev and /sys. */
export function runtimeConfig(process: ContainerProcess): RuntimeConfig {
  const { args, env, cwd, user, capabilities = [] } = process
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { ...user },
      args: [...args],
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      cwd,
      capabilities: everySet(capabilities),
      noNewPrivileges: false,
    },
    root: { path: 'rootfs', readonly: false },
    mounts: mounts(),
    linux: {
      namespaces: ['mount', 'ipc', 'uts', 'pid'].map((type) => ({ type })),
      maskedPaths: ['/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  }
}

export function everySet(capabilities: readonly string[]): Capabilities {
  return {
    bounding: capabilities,
    effective: capabilities,
    inheritable: capabilities,
    permitted: capabilities,
    ambient: capabilities,
  }
}

/** A process with a pid of the host's, not the first of a namespace of its own: what another program, an init, would start. */
export function amongOthers(config: RuntimeConfig): void {
  config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'pid')
}

export function writeRuntimeConfig(bundle: string, config: RuntimeConfig): void {
  if (!isRoot()) asOneUser(config)
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(config))
}

function mounts(): Mount[] {
  const safe = ['nosuid', 'noexec', 'nodev']
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: safe },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=64k'] },
    { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: [...safe, 'mode=1777'] },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...safe, 'ro'] },
  ]
}
