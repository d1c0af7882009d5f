import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { routeTable } from '../base/route-table.js'
import { hostFile } from './lib/host-file.js'
import { needBundle } from './lib/need-bundle.js'
import type { Options, OptionValues } from './lib/option.js'
import { textFile } from './lib/package-files.js'
import { writeReadme } from './lib/readme.js'
import type { Build, Target } from './lib/target.js'
import { quoted, workerFiles } from './lib/workerd-worker.js'
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
 * A configuration of workerd, and each worker in a folder of its own with a constant of its own, so that any number of apps stand in
 * one process. Apps that were built together share a socket, behind a worker that routes.
 */
const workerd: Target<typeof options> = {
  name: 'workerd',
  layer: 'language VM',
  summary: 'workerd configuration and worker; many apps share one process',
  artefact: 'config.capnp, workers',
  platform: 'workerd',
  varies: ['operating system', 'processor'],
  carries: 'bundle',
  proof: 'run as what it is',
  holdsSeveral: true,
  options,
  write(build, folder, values) {
    if (build.apps.length > 0) writeSeveral(build, folder, values)
    else writeOne(build, folder, values)
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

function writeOne(build: Build, folder: string, values: Values): void {
  const { assets, env } = build
  const app = { bundle: needBundle(build, 'workerd'), assets, env, main: mainModule(build), helpers: [] }
  writeFiles(workerFiles(build, { ...app, ...values }), join(folder, build.name))
  writeFileSync(join(folder, 'config.capnp'), configuration(build))
}

function writeSeveral(build: Build, folder: string, values: Values): void {
  for (const app of build.apps) {
    const main = `import { hostedApp } from './workerd-app.js'\n\nexport default hostedApp('${app.name}', () => import('./app.js'))\n`
    const worker = { ...app, ...values, main, helpers: ['workerd-app'] }
    writeFiles(workerFiles(build, worker), join(folder, app.name))
  }
  const routes = JSON.stringify(routeTable(build.apps.map(({ route }) => route)), null, 2)
  const configuration = textFile('config.capnp', severalConfiguration(build, values))
  writeFiles(
    [hostFile(build, 'workerd-router'), textFile('routes.json', `${routes}\n`), configuration],
    folder,
  )
}

// A name with a colon is no app's.
function severalConfiguration({ apps, port = 8080 }: Build, { compatibilityDate }: Values): string {
  const services = apps.map(
    ({ name }) =>
      `(name = ${quoted(`app:${name}`)}, worker = import ${quoted(`${name}/worker.capnp`)}.worker),`,
  )
  const bindings = apps.map(({ name }, at) => `(name = "app${at}", service = ${quoted(`app:${name}`)}),`)
  return `# workerd serve config.capnp
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    ${[...services, '(name = "the:router", worker = .router),'].join('\n    ')}
  ],
  sockets = [ (name = "http", address = "*:${port}", http = (), service = "the:router") ],
);

const router :Workerd.Worker = (
  modules = [ (name = "workerd-router.js", esModule = embed "workerd-router.js") ],
  bindings = [
    (name = "routes", json = embed "routes.json"),
    ${bindings.join('\n    ')}
  ],
  compatibilityDate = "${compatibilityDate}",
);
`
}

function configuration({ name, port = 8080 }: Build): string {
  return `# workerd serve config.capnp
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [ (name = ${quoted(name)}, worker = import ${quoted(`${name}/worker.capnp`)}.worker) ],
  sockets = [ (name = "http", address = "*:${port}", http = (), service = ${quoted(name)}) ],
);
`
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

function describe(build: Build, folder: string): void {
  const { name } = build
  const run = { title: 'Run', commands: ['npx workerd serve config.capnp'] }
  if (build.apps.length > 0) {
    const text =
      'Each app is a worker of its own, in its folder, loaded when its first request comes. The router in front of them chooses by host name, then by path: `routes.json`.'
    writeReadme(folder, name, 'Several apps as workers in one process.', [run, { title: 'Apps', text }])
    return
  }
  const text = `Build them together: \`unik build ENTRY ENTRY… -t workerd\`. Or copy the folders of several artefacts (here \`${name}/\`) beside one configuration, and give it a service and a socket for each.`
  writeReadme(folder, name, 'The app as a worker for workerd.', [
    run,
    { title: 'Several apps in one process', text },
  ])
}
