import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Content, sha256Of, writeContent } from './formats/content.js'
import type { RootfsEntry } from './formats/entry.js'
import { gzipPieces } from './formats/gzip.js'
import { tarPieces } from './formats/tar.js'
import { needApp } from './lib/need-app.js'
import type { Options } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import { sourceDate } from './lib/source-date.js'
import type { Build, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

const options = {
  stack: {
    type: 'text',
    pattern: /^heroku-\d\d$/,
    form: 'a stack such as heroku-24',
    default: 'heroku-24',
    summary: 'stack that the slug runs on',
  },
  app: {
    type: 'text',
    pattern: /^[A-Za-z][A-Za-z0-9-]*$/,
    form: 'the name of an app',
    default: 'APP',
    summary: 'app that the slug is released to',
  },
} as const satisfies Options

/** A slug (devcenter.heroku.com/articles/platform-api-deploying-slugs): what stands below ./app, for any stack, since the program is static. */
const heroku: Target<typeof options> = {
  name: 'heroku',
  layer: 'PaaS',
  summary: 'Heroku slug with a Procfile, and the requests that release it',
  artefact: 'slug, slug.json',
  platform: 'Heroku, Cedar',
  varies: ['stack (heroku-22, heroku-24)'],
  carries: 'elf',
  proof: 'run on a stand-in of its platform',
  options,
  write(build, folder, { stack, app }) {
    const slug = gzipPieces(tarPieces(files(build), { mtime: sourceDate(), prefix: './' }))
    writeContent(join(folder, slugFile(build)), slug)
    writeFileSync(join(folder, 'slug.json'), `${JSON.stringify(createSlug(build, slug, stack), null, 2)}\n`)
    writeDebugFiles(build, folder)
    describe(build, folder, app)
  },
  recipe: (build, folder) => ({ kind: 'slug', archive: join(folder, slugFile(build)) }),
}
export default heroku

const slugFile = ({ name }: { readonly name: string }): string => `${name}.tgz`
/** `web` is the process that gets PORT and the requests. */
const processType = ({ port }: Build): string => (port === undefined ? 'worker' : 'web')

function files(build: Build): RootfsEntry[] {
  const text = (data: string) => new TextEncoder().encode(data)
  const procfile = `${processType(build)}: ./${build.name}\n`
  return [
    { path: `app/${build.name}`, type: 'file', mode: 0o755, data: needApp(build, 'heroku').bytes },
    { path: 'app/NOTICES.txt', type: 'file', mode: 0o644, data: build.notices },
    { path: 'app/Procfile', type: 'file', mode: 0o644, data: text(procfile) },
  ]
}

/** Body of POST /apps/APP/slugs. */
function createSlug(build: Build, slug: Content, stack: string): object {
  return {
    checksum: `SHA256:${sha256Of(slug)}`,
    process_types: { [processType(build)]: `./${build.name}` },
    stack,
  }
}

function describe(build: Build, folder: string, app: string): void {
  const api = `curl -fn -H 'Accept: application/vnd.heroku+json; version=3' -H 'Content-Type: application/json'`
  writeReadme(
    folder,
    build.name,
    'A slug for the Cedar generation of Heroku. The option `app` names the app that it is released to.',
    [
      {
        title: 'Release',
        text: 'The answer to the first request holds the URL for the second (`blob.url`) and the id for the third.',
        commands: [
          `${api} -d @slug.json https://api.heroku.com/apps/${app}/slugs`,
          `curl -f -X PUT -H 'Content-Type:' --data-binary @${slugFile(build)} 'BLOB_URL'`,
          `${api} -d '{"slug":"ID"}' https://api.heroku.com/apps/${app}/releases`,
        ],
      },
      {
        title: 'Run here',
        commands: [`tar -xzf ${slugFile(build)}`, `cd app && PORT=8080 ./${build.name}`],
      },
    ],
  )
}
