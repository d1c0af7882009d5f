import { join } from 'node:path'
import type { RootfsEntry } from './formats/entry.js'
import { hostFile } from './lib/host-file.js'
import { jsonFile, nodeFiles, nodeManifest } from './lib/node-files.js'
import { textFile } from './lib/package-files.js'
import { writeReadme } from './lib/readme.js'
import type { Build, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeFiles } from './lib/write-files.js'
import { toYaml } from './lib/yaml.js'

/** A folder for the standard environment of App Engine, where a script runs once for each request, as its cron service sends them. */
const appengine: Target = {
  name: 'appengine',
  layer: 'PaaS',
  summary: "folder for App Engine's standard environment: the bundle and app.yaml",
  carries: 'bundle',
  proof: 'run as what it is',
  write(build, folder) {
    writeFiles(files(build), join(folder, 'deploy'))
    writeDebugFiles(build, folder)
    writeReadme(folder, build.name, "The app for Node.js in App Engine's standard environment.", [
      { title: 'Deploy', commands: ['gcloud app deploy deploy/app.yaml'] },
      { title: 'Run here', commands: [`PORT=8080 node deploy/${program(build)}`] },
    ])
  },
  recipe: (build, folder) => ({ kind: 'node', file: join(folder, 'deploy', program(build)) }),
}
export default appengine

const program = ({ port }: { readonly port: number | undefined }): string =>
  port === undefined ? 'job.js' : 'main.js'

function files(build: Build): RootfsEntry[] {
  return [
    ...nodeFiles(build, 'appengine'),
    ...(build.port === undefined ? job() : []),
    jsonFile('package.json', { ...nodeManifest(build), private: true, engines: { node: '24' } }),
    textFile('app.yaml', toYaml(appYaml(build))),
  ]
}

/** cloud.google.com/appengine/docs/standard/reference/app-yaml; App Engine sets PORT itself. */
function appYaml(build: Build) {
  const { PORT: _, ...variables } = build.env
  return {
    runtime: 'nodejs24',
    entrypoint: `node ${program(build)}`,
    ...(Object.keys(variables).length === 0 ? {} : { env_variables: variables }),
    automatic_scaling: { min_instances: 0, max_instances: 10 },
  }
}

function job(): RootfsEntry[] {
  const code = `import { fileURLToPath } from 'node:url'
import { jobApp } from './node-job.js'
import { serve } from './node-serve.js'

serve(jobApp(fileURLToPath(new URL('./main.js', import.meta.url))))
`
  return [textFile('job.js', code), hostFile('node-job'), hostFile('node-serve')]
}
