import { join } from 'node:path'
import type { RootfsEntry } from './formats/entry.js'
import { hostFile } from './lib/host-file.js'
import { jsonFile, nodeFiles, nodeManifest } from './lib/node-files.js'
import type { Options, OptionValues } from './lib/option.js'
import { textFile } from './lib/package-files.js'
import { writeReadme } from './lib/readme.js'
import type { Build, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeFiles } from './lib/write-files.js'
import { toYaml } from './lib/yaml.js'

const options = {
  runtime: {
    type: 'choice',
    values: ['nodejs20', 'nodejs22', 'nodejs24'],
    default: 'nodejs24',
    summary: 'version of Node.js',
  },
  service: {
    type: 'text',
    pattern: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    form: 'of a-z, 0-9 and -',
    default: 'default',
    summary: 'service of the project that the app becomes',
  },
  instanceClass: {
    type: 'choice',
    values: ['F1', 'F2', 'F4', 'F4_1G'],
    default: 'F1',
    summary: 'memory and processor of an instance',
  },
  minInstances: {
    type: 'integer',
    minimum: 0,
    maximum: 1000,
    default: 0,
    summary: 'instances that are always there',
  },
  maxInstances: {
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 10,
    summary: 'instances that there are at most',
  },
} as const satisfies Options

/** A folder for the standard environment of App Engine, where a script runs once for each request, as its cron service sends them. */
const appengine: Target<typeof options> = {
  name: 'appengine',
  layer: 'PaaS',
  summary: "folder for App Engine's standard environment: the bundle and app.yaml",
  artefact: 'folder, app.yaml',
  platform: 'App Engine, standard environment',
  varies: ['runtime (nodejs20 to nodejs24)', 'instance class'],
  carries: 'bundle',
  proof: 'run on a stand-in of its platform',
  options,
  write(build, folder, values) {
    writeFiles(files(build, values), join(folder, 'deploy'))
    writeDebugFiles(build, folder)
    writeReadme(folder, build.name, "The app for Node.js in App Engine's standard environment.", [
      { title: 'Deploy', commands: ['gcloud app deploy deploy/app.yaml'] },
      { title: 'Run here', commands: [`PORT=8080 node deploy/${program(build)}`] },
    ])
  },
  recipe: (_build, folder) => ({ kind: 'appengine', folder: join(folder, 'deploy') }),
}
export default appengine

type Values = OptionValues<typeof options>

const program = ({ port }: { readonly port: number | undefined }): string =>
  port === undefined ? 'job.js' : 'main.js'

function files(build: Build, values: Values): RootfsEntry[] {
  return [
    ...nodeFiles(build, 'appengine'),
    ...(build.port === undefined ? job(build) : []),
    jsonFile('package.json', {
      ...nodeManifest(build),
      private: true,
      engines: { node: values.runtime.replace('nodejs', '') },
    }),
    textFile('app.yaml', toYaml(appYaml(build, values))),
  ]
}

/** cloud.google.com/appengine/docs/standard/reference/app-yaml; App Engine sets PORT itself. */
function appYaml(build: Build, values: Values) {
  const { PORT: _, ...variables } = build.env
  return {
    runtime: values.runtime,
    ...(values.service === 'default' ? {} : { service: values.service }),
    instance_class: values.instanceClass,
    entrypoint: `node ${program(build)}`,
    ...(Object.keys(variables).length === 0 ? {} : { env_variables: variables }),
    automatic_scaling: { min_instances: values.minInstances, max_instances: values.maxInstances },
  }
}

function job(build: Build): RootfsEntry[] {
  const code = `import { fileURLToPath } from 'node:url'
import { jobApp } from './node-job.js'
import { serve } from './node-serve.js'

serve(jobApp(fileURLToPath(new URL('./main.js', import.meta.url))))
`
  return [textFile('job.js', code), hostFile(build, 'node-job'), hostFile(build, 'node-serve')]
}
