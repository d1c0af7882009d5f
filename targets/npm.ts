import { join } from 'node:path'
import { contentOf, writeParts } from './formats/content.js'
import type { RootfsEntry } from './formats/entry.js'
import { gzipStream } from './formats/gzip.js'
import { tarPieces } from './formats/tar.js'
import { findFile } from './lib/find-file.js'
import { jsonFile, nodeFiles, nodeManifest } from './lib/node-files.js'
import type { Options, OptionValues } from './lib/option.js'
import { textFile } from './lib/package-files.js'
import { writeReadme } from './lib/readme.js'
import { sourceDate } from './lib/source-date.js'
import type { Build, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

const options = {
  packageName: {
    type: 'text',
    pattern: /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/,
    form: 'a name that packages have, with a scope or without',
    summary: 'name of the package, as in @shop/server; without it, that of the app',
  },
  engines: {
    type: 'text',
    pattern: /^[0-9<>=^~|. *x-]+$/,
    form: 'a range of versions',
    default: '>=20',
    summary: 'versions of Node.js that the package is for',
  },
  access: {
    type: 'choice',
    values: ['public', 'restricted'],
    default: 'public',
    summary: 'who may install it, once it is published',
  },
} as const satisfies Options

/** A package as `npm pack` makes it: a command that runs the app on Node.js, and the app's default export for other programs. */
const npm: Target<typeof options> = {
  name: 'npm',
  layer: 'language runtime',
  summary: 'npm package: the bundle, a command that runs it, types',
  artefact: '.tgz',
  platform: 'Node.js 20 and later',
  varies: ['engines (versions of Node.js)', 'operating system', 'processor'],
  carries: 'bundle',
  proof: 'run as what it is',
  options,
  write(build, folder, values) {
    const entries = files(build, values).map((entry) => ({ ...entry, path: `package/${entry.path}` }))
    const archive = contentOf(tarPieces(entries, { mtime: sourceDate() }))
    writeParts(join(folder, packageFile(build, values)), gzipStream(archive.parts()))
    writeDebugFiles(build, folder)
    describe(build, folder, values)
  },
  recipe: ({ name }, folder) => ({ kind: 'npm', archive: findFile(folder, '.tgz'), command: name }),
}
export default npm

type Values = OptionValues<typeof options>

/** As `npm pack` names it. */
const packageFile = ({ name, about }: Build, { packageName = name }: Values): string =>
  `${packageName.replace('@', '').replace('/', '-')}-${about.version}.tgz`

function files(build: Build, values: Values): RootfsEntry[] {
  return [
    ...nodeFiles(build, 'npm'),
    textFile('index.js', library(build)),
    textFile('index.d.ts', types(build)),
    textFile('README.md', readme(build, values)),
    jsonFile('package.json', manifest(build, values)),
  ]
}

function manifest(build: Build, values: Values): Record<string, unknown> {
  const { packageName = build.name, engines, access } = values
  return {
    ...nodeManifest(build),
    name: packageName,
    engines: { node: engines },
    ...(access === 'public' && !packageName.startsWith('@') ? {} : { publishConfig: { access } }),
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

function readme(build: Build, { packageName: name = build.name }: Values): string {
  const { port } = build
  const serves = port === undefined ? '' : ` It listens on PORT (default ${port}) until SIGTERM.`
  return `# ${name}\n\n${build.about.description}\n\n\`npx ${name}\` runs it.${serves}\n`
}

function describe(build: Build, folder: string, values: Values): void {
  const file = packageFile(build, values)
  writeReadme(folder, build.name, `A package for Node.js ${values.engines}, without dependencies.`, [
    { title: 'Install and run', commands: [`npm install ./${file}`, `npx ${build.name}`] },
    { title: 'Publish', commands: [`npm publish ./${file}`] },
  ])
}
