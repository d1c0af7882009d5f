import type { RootfsEntry } from '../formats/entry.js'
import { hostFile } from './host-file.js'
import { textFile } from './package-files.js'
import type { Build, HostedApp } from './target.js'

/** A worker of workerd: what stands in its folder is made from this. */
export interface Worker extends Pick<HostedApp, 'assets' | 'bundle' | 'env'> {
  /** The module that the worker starts with. */
  readonly main: string
  /** Modules of targets/hosts that `main` imports. */
  readonly helpers: readonly string[]
  readonly compatibilityDate: string
  /** Beside nodejs_compat. */
  readonly compatibilityFlags: readonly string[]
}

/** The worker's folder: `worker.capnp` has the constant `worker`, for any configuration. */
export function workerFiles(build: Build, worker: Worker): RootfsEntry[] {
  const bundle: RootfsEntry = { path: 'app.js', type: 'file', mode: 0o644, data: worker.bundle }
  const assets = worker.assets.map((asset) => ({ ...asset, path: `assets/${asset.path}` }))
  const code = [textFile('main.js', worker.main), bundle]
  const helpers = [...worker.helpers, ...(assets.length === 0 ? [] : ['workerd-fs'])]
  const files = [...code, ...helpers.map((name) => hostFile(build, name)), ...assets]
  const notices: RootfsEntry = { path: 'NOTICES.txt', type: 'file', mode: 0o644, data: build.notices }
  return [...files, notices, textFile('worker.capnp', definition(worker, assets))]
}

function definition(worker: Worker, assets: readonly RootfsEntry[]): string {
  const flags = [...new Set(['nodejs_compat', ...worker.compatibilityFlags])].map(quoted)
  const files = ['main.js', 'app.js', ...worker.helpers.map((name) => `${name}.js`)]
  const modules = [
    ...files.map((name) => module(name, 'esModule', name)),
    // A module of a worker goes before the built-in one of the same name.
    ...(assets.length === 0
      ? []
      : ['node:fs', 'node:fs/promises'].map((name) => module(name, 'esModule', 'workerd-fs.js'))),
    ...assets.map(({ path }) => module(path, 'data', path)),
  ]
  const bindings = Object.entries(worker.env).map(
    ([name, value]) => `(name = ${quoted(name)}, text = ${quoted(value)})`,
  )
  return `using Workerd = import "/workerd/workerd.capnp";

const worker :Workerd.Worker = (
  modules = [
    ${modules.join(',\n    ')}
  ],
  bindings = [
    ${bindings.join(',\n    ')}
  ],
  compatibilityDate = "${worker.compatibilityDate}",
  compatibilityFlags = [${flags.join(', ')}],
);
`
}

function module(name: string, type: string, file: string): string {
  return `(name = ${quoted(name)}, ${type} = embed ${quoted(file)})`
}

/** Text as Cap'n Proto's schema language has it. */
export function quoted(text: string): string {
  const hexadecimal = (character: string) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what has to be escaped
  return `"${text.replace(/["\\\x00-\x1f]/g, hexadecimal)}"`
}
