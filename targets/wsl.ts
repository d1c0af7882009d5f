import { join } from 'node:path'
import { writeContent } from './formats/content.js'
import type { RootfsEntry } from './formats/entry.js'
import { gzipPieces } from './formats/gzip.js'
import { tarPieces } from './formats/tar.js'
import { containerRoot } from './lib/container-root.js'
import { needApp } from './lib/need-app.js'
import { textFile } from './lib/package-files.js'
import { writeReadme } from './lib/readme.js'
import { sourceDate } from './lib/source-date.js'
import { type Build, type BuildFacts, hasLowPort, type Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** A distribution for WSL 2 whose only program is the app: it is its user's login shell, so `wsl -d NAME` runs it. */
const wsl: Target = {
  name: 'wsl',
  layer: 'OS-level container',
  summary: 'distribution for the Windows Subsystem for Linux (.wsl), which runs the app as its shell',
  artefact: '.wsl',
  platform: 'WSL 2.4.4 and later on Windows',
  varies: ['release of Windows'],
  carries: 'elf',
  proof: 'run on a stand-in of its platform',
  write(build, folder) {
    needApp(build, 'wsl')
    const root = containerRoot(build, { program: program(build), entries: settings(build) })
    const archive = tarPieces(root, { mtime: sourceDate(), owner: 'root' })
    writeContent(join(folder, fileName(build)), gzipPieces(archive))
    writeDebugFiles(build, folder)
    describe(build, folder)
  },
  recipe: (build, folder) => ({ kind: 'wsl', archive: join(folder, fileName(build)) }),
}
export default wsl

const fileName = ({ name }: BuildFacts): string => `${name}.wsl`
/** Not /init: WSL puts its own there. */
const program = ({ name }: BuildFacts): string => `/usr/bin/${name}`
/** Only root may listen on ports below 1024. */
const user = (build: BuildFacts): 'root' | 'app' => (hasLowPort(build) ? 'root' : 'app')

/** learn.microsoft.com/windows/wsl/build-custom-distro and wsl-config. WSL makes hosts and resolv.conf itself. */
function settings(build: Build): RootfsEntry[] {
  const shell = program(build)
  const uid = user(build) === 'root' ? 0 : 1000
  return [
    textFile(
      'etc/wsl-distribution.conf',
      sections({
        oobe: { defaultUid: uid, defaultName: build.name },
        shortcut: { enabled: false },
        windowsterminal: { enabled: true },
      }),
    ),
    textFile(
      'etc/wsl.conf',
      sections({
        boot: { systemd: false },
        user: { default: user(build) },
        interop: { enabled: false, appendWindowsPath: false },
      }),
    ),
    textFile('etc/passwd', `root:x:0:0:root:/root:${shell}\napp:x:1000:1000:app:/home/app:${shell}\n`),
    textFile('etc/group', 'root:x:0:\napp:x:1000:\n'),
    textFile('etc/shadow', 'root:*:::::::\napp:*:::::::\n', 0o640),
    { path: 'home/app', type: 'dir', mode: 0o755 },
  ]
}

type Sections = Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>

function sections(all: Sections): string {
  return Object.entries(all)
    .map(([title, keys]) =>
      [`[${title}]`, ...Object.entries(keys).map(([key, value]) => `${key}=${value}`), ''].join('\n'),
    )
    .join('\n')
}

function describe(build: Build, folder: string): void {
  const { name } = build
  const port = build.port === undefined ? [] : [`curl http://localhost:${build.port}/`]
  writeReadme(folder, name, 'The app as a distribution for WSL 2.4.4 or later.', [
    { title: 'Install', commands: [`wsl --install --from-file ${fileName(build)}`] },
    {
      title: 'Run',
      text: 'There is no shell in it: the app is what starts, and Ctrl-C ends it.',
      commands: [`wsl -d ${name}`, ...port],
    },
    { title: 'Remove', commands: [`wsl --unregister ${name}`] },
  ])
}
