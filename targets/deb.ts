import { join } from 'node:path'
import { writeContent } from './formats/content.js'
import { writeDeb } from './formats/deb.js'
import type { RootfsEntry } from './formats/entry.js'
import { documentLevel, gzip } from './formats/gzip.js'
import { environmentFile } from './lib/environment-file.js'
import { findFile } from './lib/find-file.js'
import type { Options, OptionValues } from './lib/option.js'
import { manualPage, programFile, textFile } from './lib/package-files.js'
import { debianVersion } from './lib/package-version.js'
import { writeReadme } from './lib/readme.js'
import { sourceDate } from './lib/source-date.js'
import { systemdUnit } from './lib/systemd-unit.js'
import type { Build, BuildFacts, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

const options = {
  depends: {
    type: 'list',
    pattern:
      /^[a-z0-9][a-z0-9+.-]+( \((<<|<=|=|>=|>>) [^() ]+\))?( \| [a-z0-9][a-z0-9+.-]+( \((<<|<=|=|>=|>>) [^() ]+\))?)*$/,
    form: 'a package, as in postgresql-client (>= 15)',
    summary: 'packages that must be installed; the program itself needs none',
  },
  section: {
    type: 'text',
    pattern: /^[a-z0-9-]+(\/[a-z0-9-]+)?$/,
    form: 'the name of a section',
    summary: 'section of the archive; without it, net of a server and utils of a script',
  },
  unit: {
    type: 'list',
    pattern: /^[A-Z][A-Za-z]*=.*$/,
    form: 'a line such as ProtectHome=no',
    summary:
      "lines behind those of the unit's [Service] section, which they override (systemd.service(5), systemd.exec(5))",
  },
} as const satisfies Options

/** One package for every release of Debian and Ubuntu: the program is static, and systemd's unit names nothing younger than systemd 247. */
const deb: Target<typeof options> = {
  name: 'deb',
  layer: 'OS package',
  summary: 'Debian package: the program, a hardened systemd service, a manual page',
  artefact: '.deb',
  platform: 'Debian, Ubuntu and their kin (amd64)',
  varies: ['distribution', 'release'],
  carries: 'elf',
  proof: 'run as what it is',
  options,
  write(build, folder, values) {
    const date = sourceDate()
    const file = fileName(build)
    const service = build.port !== undefined
    const data = writeDeb({
      control: control(build, values),
      scripts: service ? scripts(build.name) : {},
      conffiles: service ? [`/${settings(build)}`] : [],
      files: files(build, date, values.unit),
      mtime: date,
    })
    writeContent(join(folder, file), data)
    writeDebugFiles(build, folder)
    describe(build, folder)
  },
  recipe: ({ name }, folder) => ({ kind: 'package', format: 'deb', file: findFile(folder, '.deb'), name }),
}
export default deb

const fileName = (build: Build): string =>
  `${packageName(build)}_${debianVersion(build.about.version)}_amd64.deb`
const settings = ({ name }: BuildFacts): string => `etc/default/${name}`
const unitFile = ({ name }: BuildFacts): string => `usr/lib/systemd/system/${name}.service`
/** Debian's names have two letters at least. */
const packageName = ({ name }: BuildFacts): string => (name.length > 1 ? name : `${name}-app`)

function control(build: Build, values: OptionValues<typeof options>): Readonly<Record<string, string>> {
  const { depends, section = build.port === undefined ? 'utils' : 'net' } = values
  const { version, maintainer, description, homepage } = build.about
  return {
    Package: packageName(build),
    Version: debianVersion(version),
    Architecture: 'amd64',
    Maintainer: maintainer,
    Section: section,
    Priority: 'optional',
    ...(depends.length === 0 ? {} : { Depends: depends.join(', ') }),
    ...(homepage === undefined ? {} : { Homepage: homepage }),
    Description: `${synopsis(description)}\nOne static program made by unik.`,
  }
}

/** Policy 3.4.1: less than 80 letters, no article before, no full stop behind. */
function synopsis(description: string): string {
  const short = description.length < 70 ? description : `${description.slice(0, 68).replace(/\s+\S*$/, '')} …`
  return short.replace(/^(an?|the) +/i, '').replace(/\.$/, '')
}

function files(build: Build, date: number, unit: readonly string[]): RootfsEntry[] {
  const name = packageName(build)
  const documents = `usr/share/doc/${name}`
  const changes = gzip(new TextEncoder().encode(changeLog(build, date)), documentLevel)
  return [
    programFile(build, 'deb'),
    manualPage(build),
    { path: `${documents}/changelog.gz`, type: 'file', mode: 0o644, data: changes },
    textFile(`${documents}/copyright`, copyright(build)),
    textFile(`usr/share/lintian/overrides/${name}`, overrides(build)),
    ...(build.port === undefined
      ? []
      : [
          textFile(settings(build), environmentFile(build)),
          textFile(unitFile(build), systemdUnit(build, `/${settings(build)}`, unit)),
        ]),
  ]
}

function changeLog(build: Build, date: number): string {
  const { version, maintainer } = build.about
  const day = new Date(date * 1000).toUTCString().replace('GMT', '+0000')
  return `${packageName(build)} (${debianVersion(version)}) unstable; urgency=medium

  * Version ${version}.

 -- ${maintainer}  ${day}
`
}

function copyright(build: Build): string {
  const { maintainer, licence } = build.about
  const notices = new TextDecoder().decode(build.notices)
  const gpl = /\bGPL-3/.test(notices)
    ? '\nThe GNU General Public License, version 3, is in /usr/share/common-licenses/GPL-3.\n'
    : ''
  return `${build.name} is copyright of ${maintainer} and others, under this licence: ${licence}

The program also holds the following, each under its own licence.

${notices}${gpl}`
}

// Being static is what the program is for.
function overrides(build: Build): string {
  return `${packageName(build)}: shared-library-lacks-prerequisites *\n`
}

// What debhelper's dh_installsystemd writes: enabled and started on installation, unless the administrator said otherwise.
function scripts(name: string): Readonly<Record<string, string>> {
  const unit = `${name}.service`
  const running = `[ -z "\${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]`
  return {
    postinst: `#!/bin/sh
set -e
case "$1" in configure | abort-upgrade | abort-deconfigure | abort-remove)
    deb-systemd-helper unmask ${unit} >/dev/null || true
    if deb-systemd-helper --quiet was-enabled ${unit}; then
        deb-systemd-helper enable ${unit} >/dev/null || true
    else
        deb-systemd-helper update-state ${unit} >/dev/null || true
    fi
    if ${running}; then
        systemctl --system daemon-reload >/dev/null || true
        deb-systemd-invoke restart ${unit} >/dev/null || true
    fi
    ;;
esac
`,
    prerm: `#!/bin/sh
set -e
if ${running} && [ "$1" = remove ]; then
    deb-systemd-invoke stop ${unit} >/dev/null || true
fi
`,
    postrm: `#!/bin/sh
set -e
if ${running} && [ "$1" = remove ]; then
    systemctl --system daemon-reload >/dev/null || true
fi
if [ "$1" = purge ]; then
    if command -v deb-systemd-helper >/dev/null; then
        deb-systemd-helper purge ${unit} >/dev/null || true
    fi
    rm -rf "\${DPKG_ROOT:-}/var/lib/${name}" "\${DPKG_ROOT:-}/var/lib/private/${name}"
fi
`,
  }
}

function describe(build: Build, folder: string): void {
  const install = { title: 'Install', commands: [`apt install ./${fileName(build)}`] }
  const service = {
    title: 'The service',
    text: `It starts with the installation, as a user of its own; its environment is \`/${settings(build)}\`.`,
    commands: [`systemctl status ${build.name}`, `journalctl -u ${build.name}`],
  }
  const sections = build.port === undefined ? [install] : [install, service]
  writeReadme(folder, build.name, 'A package for all releases of Debian and Ubuntu on amd64.', sections)
}
