import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { posix, resolve } from 'node:path'
import { kernelWord } from '../base/kernel-word.js'
import { UserError } from '../base/user-error.js'
import { compile } from '../compiler/compile.js'
import type { Image } from '../linker/image.js'
import { linkApp, linkApps } from '../linker/link-app.js'
import type { RootfsEntry } from '../targets/formats/entry.js'
import type { StoredParts } from '../targets/formats/stored-parts.js'
import type { About, Build, BuildFacts, Target } from '../targets/lib/target.js'
import { assetEntries } from './asset-entries.js'
import { aboutApp } from './config/about.js'
import { loadApps, type SeveralConfig } from './config/apps.js'
import type { TargetOptions, UserConfig } from './config/config.js'
import { type Config, plainName } from './config/load.js'
import { imageMemory } from './image-memory.js'
import { linkKernels } from './link-kernels.js'
import { appPorts, withPort } from './port.js'
import { writeReleaseFiles } from './release-files.js'
import { checkInit, readRootfsFolder } from './rootfs-folder.js'
import { appRuntime, standIn } from './runtime.js'
import type { Unwatched } from './sbom/contents.js'
import {
  compileApps,
  holdersOfSeveral,
  hostedApp,
  type Programs,
  summary,
  withOwnEnvironment,
} from './several.js'
import { findTargets } from './targets.js'
import { writeArtefacts } from './write-artefact.js'

export { defineConfig, type TargetName, type TargetOptions, type UserConfig } from './config/config.js'

/** What `unik build` was asked for. */
export interface BuildRequest {
  /** ENTRY…; empty: the project in `cwd`. */
  readonly entries: readonly string[]
  /** A folder with any Linux program in place of an app, and that program's path in it. */
  readonly rootfs?: { readonly folder: string; readonly init: string } | undefined
  /** Empty: the configuration's. */
  readonly targets: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What goes before the configuration file, key by key; checked. */
  readonly config?: UserConfig
  readonly output: string
  readonly cwd: string
}

/** One row's artefact: a folder of files, of which `unik.json` tells the rest. */
export interface Artefact {
  readonly target: string
  readonly layer: string
  readonly carries: 'elf' | 'bundle'
  readonly folder: string
  readonly facts: BuildFacts
  readonly files: readonly ArtefactFile[]
  /** SHA-256 of the app ELF that it holds. */
  readonly appSha256: string | undefined
}

export interface ArtefactFile {
  /** Relative to the artefact's folder. */
  readonly path: string
  readonly size: number
  readonly sha256: string
  /** Of an image with holes. */
  readonly stored?: StoredParts
}

export interface BuildResult {
  readonly app:
    | {
        readonly sha256: string
        readonly size: number
        readonly engine: string
        readonly modules: readonly string[]
      }
    | undefined
  readonly bundle: { readonly sha256: string; readonly size: number } | undefined
  readonly artefacts: readonly Artefact[]
  readonly warnings: readonly string[]
  readonly milliseconds: number
}

/** Config → compiler → linker → targets: builds every target asked for, from one compilation. */
export async function build(request: BuildRequest): Promise<BuildResult> {
  const started = performance.now()
  const { made, program, targets, options } =
    request.rootfs === undefined ? await buildApp(request) : await buildRootfs(request, request.rootfs)
  const output = resolve(request.cwd, request.output)
  const app = made.elf && {
    sha256: sha256(made.elf.bytes),
    size: made.elf.bytes.length,
    engine: 'quickjs',
    modules: program?.modules ?? [],
  }
  const work = { made, program, options, appSha256: app?.sha256, output }
  const artefacts = await writeArtefacts(targets, work).catch((error: unknown) => {
    if (existsSync(output)) writeReleaseFiles(output) // of those that were written before
    throw error
  })
  writeReleaseFiles(output)
  return {
    app,
    bundle: made.bundle && { sha256: sha256(made.bundle), size: made.bundle.length },
    artefacts,
    warnings: program?.warnings ?? [],
    milliseconds: Math.round(performance.now() - started),
  }
}

interface Made {
  readonly made: Unwatched
  readonly program: Programs | undefined
  readonly targets: readonly Target[]
  readonly options: TargetOptions
}

async function buildApp(request: BuildRequest): Promise<Made> {
  const asked = await findTargets(request.targets)
  const config = await loadApps(request.entries, request.cwd, request.config)
  const targets = asked.length > 0 ? asked : await findTargets(config.targets)
  return 'apps' in config ? buildSeveral(request, config, targets) : buildOne(request, config, targets)
}

async function buildOne(request: BuildRequest, config: Config, targets: readonly Target[]): Promise<Made> {
  const env = withPort({ ...config.env, ...request.env }, config.ports)
  const program = await compile({
    entry: config.entry,
    name: config.name,
    root: config.root,
    env,
    assets: config.assets,
  })
  const listens = program.modules.includes('serve')
  if (config.ports.length > 0 && !listens)
    throw new UserError(`ports: ${config.name} listens on none: it has no default export with fetch`)
  const elf = linkApp(program, appRuntime())
  const made = assemble(
    config.name,
    [...etcFiles, { path: 'init', type: 'file', mode: 0o755, data: elf.bytes }],
    {
      about: config.about,
      elf,
      bundle: program.bundle,
      imports: program.imports,
      assets: assetEntries(program),
      sourceMap: program.sourceMap,
      env,
      ports: listens ? appPorts(env, config.ports) : [],
      memory: config.memory,
      commandLine: listens ? 'net=required' : '',
    },
  )
  return { made, program, targets, options: config.options }
}

async function buildSeveral(
  request: BuildRequest,
  config: SeveralConfig,
  found: readonly Target[],
): Promise<Made> {
  const isAll = (request.targets.length > 0 ? request.targets : config.targets).includes('all')
  const { targets, warnings } = holdersOfSeveral(found, isAll)
  const env = withPort({ ...config.env, ...request.env }, config.ports)
  const apps = await compileApps(config.apps, env)
  const { name, about, memory, ports, options } = config
  const elf = linkApps({ name, env, apps: withOwnEnvironment(apps, env) }, appRuntime())
  const made = assemble(name, [...etcFiles, { path: 'init', type: 'file', mode: 0o755, data: elf.bytes }], {
    ...{ about, elf, env, memory, ports: appPorts(env, ports), commandLine: 'net=required' },
    ...{ bundle: undefined, imports: [], assets: [], sourceMap: undefined },
    apps: apps.map(hostedApp),
  })
  const told = summary(apps)
  return { made, program: { ...told, warnings: [...warnings, ...told.warnings] }, targets, options }
}

async function buildRootfs(request: BuildRequest, rootfs: { folder: string; init: string }): Promise<Made> {
  if (request.entries.length > 0)
    throw new UserError('--rootfs takes the place of ENTRY: give one of the two', { status: 2 })
  const { config = {} } = request
  if (config.assets !== undefined)
    throw new UserError('--assets is for apps: a program of --rootfs finds its files there', { status: 2 })
  const targets = await findTargets(request.targets.length > 0 ? request.targets : ['qemu'])
  const entries = withEtc(readRootfsFolder(resolve(request.cwd, rootfs.folder)))
  const zeroed = await checkInit(entries, rootfs.init)
  const name = config.name ?? plainName(posix.basename(rootfs.init))
  const made = assemble(name, entries, {
    about: aboutApp(name, config, {}),
    elf: undefined,
    bundle: undefined,
    imports: [],
    assets: [],
    sourceMap: undefined,
    env: request.env,
    ports: appPorts(request.env, config.ports ?? []),
    memory: config.memory,
    zeroed,
    calls: ['mount', 'sysv-msg', 'sysv-sem', 'sysv-shm', 'tee', 'xattr'],
    commandLine: [`init=/${rootfs.init.replace(/^\/+/, '')}`, ...environmentWords(request.env)].join(' '),
  })
  return { made, program: undefined, targets, options: config.options ?? {} }
}

// Words of the kernel command line that it does not know become environment.
function environmentWords(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([key, value]) => kernelWord(`${key}=${value}`))
}

// What the C library looks for; a container runtime adds hosts and resolv.conf, the kernel resolv.conf.
const etcFiles: readonly RootfsEntry[] = [
  { path: 'etc', type: 'dir', mode: 0o755 },
  textFile('etc/group', 'root:x:0:\nnobody:x:65532:\n'),
  textFile('etc/hosts', '127.0.0.1 localhost\n::1 localhost\n'),
  textFile('etc/passwd', 'root:x:0:0:root:/:/init\nnobody:x:65532:65532:nobody:/:/init\n'),
]

// A program of `--rootfs` finds what its folder lacks of them: many look up a user or a host's name before anything else.
function withEtc(entries: readonly RootfsEntry[]): RootfsEntry[] {
  const given = new Set(entries.map((entry) => entry.path))
  const linked = entries.some(({ path, type }) => path === 'etc' && type !== 'dir')
  return linked ? [...entries] : [...entries, ...etcFiles.filter(({ path }) => !given.has(path))]
}

function textFile(path: string, text: string): RootfsEntry {
  return { path, type: 'file', mode: 0o644, data: new TextEncoder().encode(text) }
}

interface Parts {
  readonly about: About
  readonly elf: Image | undefined
  readonly bundle: Uint8Array | undefined
  readonly imports: Build['imports']
  readonly assets: Build['assets']
  readonly sourceMap: Uint8Array | undefined
  /** When they are several. */
  readonly apps?: Build['apps']
  readonly env: Readonly<Record<string, string>>
  readonly ports: Build['ports']
  readonly memory: number | undefined
  /** Bytes that the program wants beside the files. */
  readonly zeroed?: number
  /** System calls to link beside those that the engine makes. */
  readonly calls?: readonly string[]
  /** Default command line of the kernel, without the environment. */
  readonly commandLine: string
}

function assemble(name: string, rootfs: readonly RootfsEntry[], parts: Parts): Unwatched {
  const { apps = [] } = parts
  const minimum = imageMemory(rootfs, apps.length, parts.zeroed)
  if (parts.memory !== undefined && parts.memory < minimum)
    throw new UserError(`memory: ${parts.memory} MiB are too little: ${name} needs at least ${minimum}`)
  return {
    name,
    about: parts.about,
    port: parts.ports[0],
    ports: parts.ports,
    memory: { minimum, default: parts.memory ?? Math.max(32, minimum * 2) },
    elf: parts.elf,
    apps,
    bundle: parts.bundle,
    imports: parts.imports,
    assets: parts.assets,
    sourceMap: parts.sourceMap,
    rootfs,
    env: parts.env,
    standIn,
    ...linkKernels(rootfs, parts.commandLine, parts.calls),
  }
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
