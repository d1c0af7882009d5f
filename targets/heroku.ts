import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RootfsEntry } from './formats/entry.js'
import { gzipPieces } from './formats/gzip.js'
import { tarPieces } from './formats/tar.js'
import { needApp } from './lib/need-app.js'
import { writeReadme } from './lib/readme.js'
import { sourceDate } from './lib/source-date.js'
import type { Build, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** A slug (devcenter.heroku.com/articles/platform-api-deploying-slugs): what stands below ./app, for any stack, since the program is static. */
const heroku: Target = {
  name: 'heroku',
  layer: 'PaaS',
  summary: 'Heroku slug with a Procfile, and the requests that release it',
  carries: 'elf',
  proof: 'run as what it is',
  write(build, folder) {
    const slug = gzipPieces(tarPieces(files(build), { mtime: sourceDate(), prefix: './' }))
    writeFileSync(join(folder, slugFile(build)), slug)
    writeFileSync(join(folder, 'slug.json'), `${JSON.stringify(createSlug(build, slug), null, 2)}\n`)
    writeDebugFiles(build, folder)
    describe(build, folder)
  },
  recipe: (build, folder) => ({
    kind: 'rootfs',
    archives: [{ file: join(folder, slugFile(build)), format: 'tar' }],
    command: [`/app/${build.name}`],
  }),
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
function createSlug(build: Build, slug: Uint8Array): object {
  return {
    checksum: `SHA256:${createHash('sha256').update(slug).digest('hex')}`,
    process_types: { [processType(build)]: `./${build.name}` },
    stack: 'heroku-24',
  }
}

function describe(build: Build, folder: string): void {
  const api = `curl -fn -H 'Accept: application/vnd.heroku+json; version=3' -H 'Content-Type: application/json'`
  writeReadme(
    folder,
    build.name,
    'A slug for the Cedar generation of Heroku; put the name of your app for APP.',
    [
      {
        title: 'Release',
        text: 'The answer to the first request holds the URL for the second (`blob.url`) and the id for the third.',
        commands: [
          `${api} -d @slug.json https://api.heroku.com/apps/APP/slugs`,
          `curl -f -X PUT -H 'Content-Type:' --data-binary @${slugFile(build)} 'BLOB_URL'`,
          `${api} -d '{"slug":"ID"}' https://api.heroku.com/apps/APP/releases`,
        ],
      },
      {
        title: 'Run here',
        commands: [`tar -xzf ${slugFile(build)}`, `cd app && PORT=8080 ./${build.name}`],
      },
    ],
  )
}
