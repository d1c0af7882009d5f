import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { UserError } from '../base/user-error.js'
import { type SigningKey, writeApk } from './formats/apk.js'
import { writeContent } from './formats/content.js'
import type { RootfsEntry } from './formats/entry.js'
import { environmentFile } from './lib/environment-file.js'
import { findFile } from './lib/find-file.js'
import { openrcScript } from './lib/openrc-script.js'
import type { Options } from './lib/option.js'
import { manualPage, programFile, textFile } from './lib/package-files.js'
import { apkVersion } from './lib/package-version.js'
import { writeReadme } from './lib/readme.js'
import { sourceDate } from './lib/source-date.js'
import type { Build, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

const options = {
  depends: {
    type: 'list',
    pattern: /^!?[a-z0-9][^\s<>=~]*([<>=~]+[^\s<>=~]+)?$/,
    form: 'a package, as in postgresql-client>=15',
    summary: 'packages that must be installed; the program itself needs none',
  },
} as const satisfies Options

/** One package for every release of Alpine. UNIK_APK_KEY names the RSA key to sign it with (`NAME.rsa`, as abuild-keygen makes them). */
const apk: Target<typeof options> = {
  name: 'apk',
  layer: 'OS package',
  summary: 'Alpine package: the program, an OpenRC service; signed when UNIK_APK_KEY names a key',
  artefact: '.apk',
  platform: 'Alpine Linux (x86_64)',
  varies: ['release'],
  carries: 'elf',
  proof: 'run on a stand-in of its platform',
  options,
  write(build, folder, { depends }) {
    const date = sourceDate()
    const key = signingKey(process.env.UNIK_APK_KEY)
    const data = writeApk({
      info: info(build, date, depends),
      scripts: build.port === undefined ? {} : { 'pre-install': preInstall(build) },
      files: files(build),
      mtime: date,
      ...(key === undefined ? {} : { key }),
    })
    writeContent(join(folder, fileName(build)), data)
    writeDebugFiles(build, folder)
    describe(build, folder, key)
  },
  recipe: ({ name }, folder) => ({
    kind: 'package',
    format: 'apk',
    file: findFile(folder, '.apk'),
    name,
  }),
}
export default apk

const fileName = ({ name, about }: Build): string => `${name}-${apkVersion(about.version)}.apk`

function signingKey(file: string | undefined): SigningKey | undefined {
  if (file === undefined || file === '') return undefined
  try {
    return { publicName: `${basename(file)}.pub`, privateKey: readFileSync(file, 'utf8') }
  } catch (error) {
    throw new UserError(`UNIK_APK_KEY names a file that cannot be read: ${file}`, { cause: error })
  }
}

function info(build: Build, date: number, depends: readonly string[]): [string, string][] {
  const { name, about } = build
  const version = apkVersion(about.version)
  return [
    ['pkgname', name],
    ['pkgver', version],
    ['pkgdesc', about.description],
    ['url', about.homepage ?? ''],
    ['builddate', String(date)],
    ['packager', about.maintainer],
    ['maintainer', about.maintainer],
    ['arch', 'x86_64'],
    ['origin', name],
    ['license', about.licence],
    ...depends.map((each): [string, string] => ['depend', each]),
    ['provides', `cmd:${name}=${version}`],
  ]
}

function files(build: Build): RootfsEntry[] {
  const notices = `usr/share/licenses/${build.name}/NOTICES.txt`
  return [
    programFile(build, 'apk'),
    manualPage(build),
    { path: notices, type: 'file', mode: 0o644, data: build.notices },
    ...(build.port === undefined
      ? []
      : [
          textFile(`etc/conf.d/${build.name}`, environmentFile(build, { exported: true })),
          textFile(`etc/init.d/${build.name}`, openrcScript(build), 0o755),
        ]),
  ]
}

// A second installation finds the user, which is no failure.
function preInstall({ name }: Build): string {
  return `#!/bin/sh
addgroup -S ${name} 2>/dev/null
adduser -S -D -H -h /var/lib/${name} -s /sbin/nologin -G ${name} -g ${name} ${name} 2>/dev/null
exit 0
`
}

function describe(build: Build, folder: string, key: SigningKey | undefined): void {
  const file = fileName(build)
  const install =
    key === undefined
      ? {
          title: 'Install',
          text: 'The package is not signed.',
          commands: [`apk add --allow-untrusted ./${file}`],
        }
      : {
          title: 'Install',
          text: `The package is signed: \`${key.publicName}\` must be in \`/etc/apk/keys\`.`,
          commands: [`apk add ./${file}`],
        }
  const service = {
    title: 'The service',
    text: `It runs as user \`${build.name}\`; its environment is \`/etc/conf.d/${build.name}\`.`,
    commands: [`rc-update add ${build.name}`, `rc-service ${build.name} start`],
  }
  const sections = build.port === undefined ? [install] : [install, service]
  writeReadme(folder, build.name, 'A package for all releases of Alpine Linux on x86_64.', sections)
}
