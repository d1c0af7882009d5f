import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RootfsEntry } from './formats/entry.js'
import { hostFile } from './lib/host-file.js'
import { needBundle } from './lib/need-bundle.js'
import type { Options, OptionValues } from './lib/option.js'
import { textFile } from './lib/package-files.js'
import { writeReadme } from './lib/readme.js'
import type { Build, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeFiles } from './lib/write-files.js'

const options = {
  compatibilityDate: {
    type: 'text',
    pattern: /^\d{4}-\d\d-\d\d$/,
    form: 'a date such as 2026-01-01',
    default: '2026-01-01',
    summary: 'day up to which changes of the runtime hold; the app needs 2025-09-01',
  },
  compatibilityFlags: {
    type: 'list',
    pattern: /^[a-z0-9_]+$/,
    form: 'the name of a flag',
    summary: 'flags beside nodejs_compat',
  },
} as const satisfies Options

/**
 * A configuration of workerd with one service, and the worker in a folder of its own with a constant of its own, so that any number
 * of apps stand in one process: a configuration that imports each of their folders.
 */
const workerd: Target<typeof options> = {
  name: 'workerd',
  layer: 'language VM',
  summary: 'workerd configuration and worker; many apps share one process',
  artefact: 'config.capnp, worker',
  platform: 'workerd',
  varies: ['operating system', 'processor'],
  carries: 'bundle',
  proof: 'run as what it is',
  options,
  write(build, folder, values) {
    writeFiles(workerFiles(build, values), join(folder, build.name))
    writeFileSync(join(folder, 'config.capnp'), configuration(build))
    writeDebugFiles(build, folder)
    describe(build, folder)
  },
  recipe: (_build, folder) => ({
    kind: 'workerd',
    configuration: join(folder, 'config.capnp'),
    socket: 'http',
  }),
}
export default workerd

type Values = OptionValues<typeof options>

function configuration({ name, port = 8080 }: Build): string {
  return `# workerd serve config.capnp
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [ (name = ${quoted(name)}, worker = import ${quoted(`${name}/worker.capnp`)}.worker) ],
  sockets = [ (name = "http", address = "*:${port}", http = (), service = ${quoted(name)}) ],
);
`
}

function workerFiles(build: Build, values: Values): RootfsEntry[] {
  const app: RootfsEntry = { path: 'app.js', type: 'file', mode: 0o644, data: needBundle(build, 'workerd') }
  const assets = build.assets.map((asset) => ({ ...asset, path: `assets/${asset.path}` }))
  const code = [textFile('main.js', mainModule(build)), app]
  const fs = build.assets.length === 0 ? [] : [hostFile(build, 'workerd-fs')]
  const notices: RootfsEntry = { path: 'NOTICES.txt', type: 'file', mode: 0o644, data: build.notices }
  return [...code, ...fs, ...assets, notices, textFile('worker.capnp', worker(build, assets, values))]
}

function worker(
  build: Build,
  assets: readonly RootfsEntry[],
  { compatibilityDate, compatibilityFlags }: Values,
): string {
  const flags = [...new Set(['nodejs_compat', ...compatibilityFlags])].map(quoted)
  const modules = [
    module('main.js', 'esModule', 'main.js'),
    module('app.js', 'esModule', 'app.js'),
    // A module of a worker goes before the built-in one of the same name.
    ...(assets.length === 0
      ? []
      : ['node:fs', 'node:fs/promises'].map((name) => module(name, 'esModule', 'workerd-fs.js'))),
    ...assets.map(({ path }) => module(path, 'data', path)),
  ]
  const bindings = Object.entries(build.env).map(
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
  compatibilityDate = "${compatibilityDate}",
  compatibilityFlags = [${flags.join(', ')}],
);
`
}

function module(name: string, type: string, file: string): string {
  return `(name = ${quoted(name)}, ${type} = embed ${quoted(file)})`
}

/** A module may not wait while it is loaded, so a script that does has no place here: workerd tells it when the first request comes. */
function mainModule({ port }: Build): string {
  if (port !== undefined)
    return `import app from './app.js'\n\nexport default { fetch: (request) => app.fetch(request) }\n`
  return `export default {
  async fetch() {
    await import('./app.js')
    return new Response('done\\n')
  },
}
`
}

/** Text as Cap'n Proto's schema language has it. */
function quoted(text: string): string {
  const hexadecimal = (character: string) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what has to be escaped
  return `"${text.replace(/["\\\x00-\x1f]/g, hexadecimal)}"`
}

function describe(build: Build, folder: string): void {
  const { name } = build
  writeReadme(folder, name, 'The app as a worker for workerd.', [
    { title: 'Run', commands: ['npx workerd serve config.capnp'] },
    {
      title: 'Several apps in one process',
      text: `Copy the folders of several artefacts (here \`${name}/\`) beside one configuration, give it one service for each folder, and a socket for each service, or one in front that chooses by host name.`,
    },
  ])
}
