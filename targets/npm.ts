import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RootfsEntry } from './formats/entry.js'
import { gzip } from './formats/gzip.js'
import { writeTar } from './formats/tar.js'
import { findFile } from './lib/find-file.js'
import { jsonFile, nodeFiles, nodeManifest } from './lib/node-files.js'
import { textFile } from './lib/package-files.js'
import { writeReadme } from './lib/readme.js'
import { sourceDate } from './lib/source-date.js'
import type { Build, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** A package as `npm pack` makes it: a command that runs the app on Node.js, and the app's default export for other programs. */
const npm: Target = {
  name: 'npm',
  layer: 'language runtime',
  summary: 'npm package: the bundle, a command that runs it, types',
  carries: 'bundle',
  proof: 'run as what it is',
  write(build, folder) {
    const entries = files(build).map((entry) => ({ ...entry, path: `package/${entry.path}` }))
    writeFileSync(join(folder, packageFile(build)), gzip(writeTar(entries, { mtime: sourceDate() })))
    writeDebugFiles(build, folder)
    describe(build, folder)
  },
  recipe: (_build, folder) => ({
    kind: 'node',
    archive: findFile(folder, '.tgz'),
    file: 'package/main.js',
  }),
}
export default npm

const packageFile = ({ name, about }: Build): string => `${name}-${about.version}.tgz`

function files(build: Build): RootfsEntry[] {
  return [
    ...nodeFiles(build, 'npm'),
    textFile('index.js', library(build)),
    textFile('index.d.ts', types(build)),
    textFile('README.md', readme(build)),
    jsonFile('package.json', manifest(build)),
  ]
}

function manifest(build: Build): Record<string, unknown> {
  return {
    ...nodeManifest(build),
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './package.json': './package.json',
    },
    bin: { [build.name]: './main.js' },
  }
}

function library({ port }: Build): string {
  const environment = "import './environment.js'\n"
  return port === undefined
    ? `${environment}import './app.js'\n`
    : `${environment}\nexport { default } from './app.js'\n`
}

function types({ port }: Build): string {
  if (port === undefined) return '/** Importing it runs it. */\nexport {}\n'
  return `/** The app: a request in, a response out. */
declare const app: {
  fetch(request: Request): Response | Promise<Response>
}
export default app
`
}

function readme(build: Build): string {
  const { name, port } = build
  const serves = port === undefined ? '' : ` It listens on PORT (default ${port}) until SIGTERM.`
  return `# ${name}\n\n${build.about.description}\n\n\`npx ${name}\` runs it.${serves}\n`
}

function describe(build: Build, folder: string): void {
  writeReadme(folder, build.name, 'A package for Node.js 20 and later, without dependencies.', [
    { title: 'Install and run', commands: [`npm install ./${packageFile(build)}`, `npx ${build.name}`] },
    { title: 'Publish', commands: [`npm publish ./${packageFile(build)}`] },
  ])
}
