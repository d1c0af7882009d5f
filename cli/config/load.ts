import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { Problems, UserError } from '../../base/user-error.js'
import type { About } from '../../targets/lib/target.js'
import { aboutApp } from './about.js'
import { configProblems, isRecord } from './check.js'
import type { TargetOptions, UserConfig } from './config.js'
import { overridden } from './overridden.js'

/** Everything that a build of one app needs to know, with defaults filled in; paths are absolute. */
export interface Config {
  readonly root: string
  readonly name: string
  readonly about: About
  readonly entry: string
  readonly targets: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly assets: string | undefined
  readonly memory: number | undefined
  readonly ports: readonly number[]
  readonly options: TargetOptions
}

/**
 * `given`: the command line's ENTRY, a file or a project folder; undefined: the project in `cwd`. `flags`: what the command line says
 * in place of the file.
 */
export async function loadConfig(
  given: string | undefined,
  cwd: string,
  flags: UserConfig = {},
): Promise<Config> {
  return configOf(await loadProject(projectRoot(given, cwd), flags), given, cwd)
}

/** What a project's own files say, and the command line. */
export interface Project {
  readonly root: string
  readonly config: UserConfig
  readonly manifest: Manifest
}

export async function loadProject(root: string, flags: UserConfig = {}): Promise<Project> {
  return { root, config: overridden(await readConfigFile(root), flags), manifest: readManifest(root) }
}

/** The only app of a project. */
export function configOf(project: Project, given: string | undefined, cwd: string): Config {
  const entry = findEntry(given, cwd, project)
  return { entry, ...settingsOf(project, nameOf(project) ?? entryName(entry)) }
}

/** The name that a project gives itself. */
export function nameOf({ config, manifest }: Project): string | undefined {
  return config.name ?? (manifest.name === undefined ? undefined : plainName(manifest.name))
}

/** All but the entry. */
export function settingsOf({ root, config, manifest }: Project, name: string): Omit<Config, 'entry'> {
  return {
    root,
    name,
    about: aboutApp(name, config, manifest.all),
    targets: config.targets ?? ['linux', 'qemu'],
    env: config.env ?? {},
    assets: config.assets === undefined ? undefined : resolve(root, config.assets),
    memory: config.memory,
    ports: config.ports ?? [],
    options: config.options ?? {},
  }
}

/** The folder given, else the nearest above the file with a package.json or a configuration, else the file's own. */
export function projectRoot(given: string | undefined, cwd: string): string {
  if (given === undefined) return cwd
  const path = resolve(cwd, given)
  if (!existsSync(path))
    throw new UserError(`no such entry: ${given}`, {
      hint: 'give a TypeScript or JavaScript file, or a project folder',
    })
  if (statSync(path).isDirectory()) return path
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) || existsSync(join(folder, 'unik.config.ts'))) return folder
    if (dirname(folder) === folder) return dirname(path)
  }
}

/** The file that a project's app starts with. */
export function findEntry(
  given: string | undefined,
  cwd: string,
  { root, config, manifest }: Project,
): string {
  const path = given === undefined ? root : resolve(cwd, given)
  if (statSync(path).isFile()) return path
  const candidates = [
    ...(config.entry === undefined ? [] : [{ file: config.entry, from: 'entry of unik.config.ts' }]),
    ...(manifest.main === undefined ? [] : [{ file: manifest.main, from: 'main of package.json' }]),
    { file: 'src/index.ts', from: 'the default' },
  ]
  const chosen = candidates[0] as { file: string; from: string }
  const file = resolve(root, chosen.file)
  if (existsSync(file) && statSync(file).isFile()) return file
  throw new UserError(`no entry: ${chosen.file} (${chosen.from}) does not exist`, {
    where: root,
    hint: 'name one: unik build ENTRY, or `entry` in unik.config.ts',
  })
}

async function readConfigFile(root: string): Promise<UserConfig> {
  const file = join(root, 'unik.config.ts')
  if (!existsSync(file)) return {}
  const esbuild = await import('esbuild')
  const result = await esbuild
    .build({
      entryPoints: [file],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
      plugins: [ownPackage],
    })
    .catch((error: unknown) => {
      throw new UserError('unik.config.ts does not compile', {
        where: file,
        detail: String((error as Error).message),
        cause: error,
      })
    })
  const code = Buffer.from(result.outputFiles[0]?.contents ?? []).toString('base64')
  const module = await (
    import(`data:text/javascript;base64,${code}`) as Promise<{ default?: unknown }>
  ).catch((error: unknown) => {
    throw new UserError(`unik.config.ts fails: ${error instanceof Error ? error.message : error}`, {
      where: file,
      cause: error,
    })
  })
  return checkConfig(module.default, file)
}

// `import { defineConfig } from 'unik'` works without an installed copy: the function only returns its argument.
const ownPackage: import('esbuild').Plugin = {
  name: 'unik',
  setup(build) {
    build.onResolve({ filter: /^unik$/ }, () => ({ path: 'unik', namespace: 'unik' }))
    build.onLoad({ filter: /.*/, namespace: 'unik' }, () => ({
      contents: 'export const defineConfig = (config) => config',
    }))
  },
}

async function checkConfig(value: unknown, file: string): Promise<UserConfig> {
  if (!isRecord(value))
    throw new UserError('unik.config.ts must have a default export: defineConfig({ … })', { where: file })
  const problems = new Problems()
  for (const problem of await configProblems(value)) problems.add(problem)
  problems.stopHere('unik.config.ts is wrong:', { where: file })
  return value as UserConfig
}

interface Manifest {
  /** Every key, unchecked. */
  readonly all: Readonly<Record<string, unknown>>
  readonly name?: string
  readonly main?: string
}

function readManifest(root: string): Manifest {
  const file = join(root, 'package.json')
  if (!existsSync(file)) return { all: {} }
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (!isRecord(value)) return { all: {} }
    return {
      all: value,
      ...(typeof value.name === 'string' ? { name: value.name } : {}),
      ...(typeof value.main === 'string' ? { main: value.main } : {}),
    }
  } catch (error) {
    throw new UserError('package.json is not JSON', { where: file, cause: error })
  }
}

/** index.ts is named after its folder; src/ says nothing. */
export function entryName(entry: string): string {
  const name = basename(entry, extname(entry))
  if (name !== 'index') return plainName(name)
  const folder = dirname(entry)
  return plainName(basename(basename(folder) === 'src' ? dirname(folder) : folder))
}

/** What of a text can be a name: `name` of cli/config/keys.ts. */
export function plainName(name: string): string {
  const plain = name
    .replace(/^@[^/]*\//, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 63)
    .replace(/-+$/, '')
  return plain === '' ? 'app' : plain
}
