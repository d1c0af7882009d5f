import { join } from 'node:path'
import { writeContent } from './formats/content.js'
import { type RpmFile, type RpmPackage, writeRpm } from './formats/rpm.js'
import { environmentFile } from './lib/environment-file.js'
import { findFile } from './lib/find-file.js'
import type { Options } from './lib/option.js'
import { manualPage, programFile, textFile } from './lib/package-files.js'
import { rpmVersion } from './lib/package-version.js'
import { writeReadme } from './lib/readme.js'
import { sourceDate } from './lib/source-date.js'
import { systemdUnit } from './lib/systemd-unit.js'
import type { Build, BuildFacts, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

const options = {
  requires: {
    type: 'list',
    pattern: /^[^\s,<>=]+( (<|<=|=|>=|>) [^\s,<>=]+)?$/,
    form: 'a package, as in postgresql >= 15',
    summary: 'packages that must be installed; the program itself needs none',
  },
  release: {
    type: 'text',
    pattern: /^[0-9A-Za-z._+~]+$/,
    form: 'of letters, digits, ., _, + and ~',
    default: '1',
    summary: 'release of the package of one version',
  },
  group: { type: 'text', default: 'Applications/System', summary: 'group, which some distributions show' },
  unit: {
    type: 'list',
    pattern: /^[A-Z][A-Za-z]*=.*$/,
    form: 'a line such as ProtectHome=no',
    summary:
      "lines behind those of the unit's [Service] section, which they override (systemd.service(5), systemd.exec(5))",
  },
} as const satisfies Options

/** One package for every release of Fedora, RHEL and its kin, SUSE: the program is static. */
const rpm: Target<typeof options> = {
  name: 'rpm',
  layer: 'OS package',
  summary: 'RPM package: the program, a hardened systemd service, a manual page',
  artefact: '.rpm',
  platform: 'Fedora, RHEL, SUSE and their kin (x86_64)',
  varies: ['distribution', 'release'],
  carries: 'elf',
  proof: 'run as what it is',
  options,
  write(build, folder, values) {
    const { about } = build
    const data = writeRpm({
      name: build.name,
      version: rpmVersion(about.version),
      release: values.release,
      group: values.group,
      requires: values.requires,
      summary: summary(about.description),
      description: `${about.description}\n\nOne static program made by unik.`,
      licence: about.licence,
      url: about.homepage,
      packager: about.maintainer,
      scripts: build.port === undefined ? {} : scripts(build.name),
      files: files(build, values.unit),
      date: sourceDate(),
    })
    writeContent(join(folder, fileName(build, values.release)), data)
    writeDebugFiles(build, folder)
    describe(build, folder, fileName(build, values.release))
  },
  recipe: ({ name }, folder) => ({ kind: 'package', format: 'rpm', file: findFile(folder, '.rpm'), name }),
}
export default rpm

/** rpmlint's rules: no article before, a capital first, no full stop behind. */
function summary(description: string): string {
  const text = description.replace(/^(an?|the) +/i, '').replace(/\.$/, '')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const fileName = ({ name, about }: Build, release: string): string =>
  `${name}-${rpmVersion(about.version)}-${release}.x86_64.rpm`
const settings = ({ name }: BuildFacts): string => `etc/sysconfig/${name}`
const unitFile = ({ name }: BuildFacts): string => `usr/lib/systemd/system/${name}.service`

function files(build: Build, unit: readonly string[]): RpmFile[] {
  const licences = `usr/share/licenses/${build.name}`
  const notices: RpmFile = {
    path: `${licences}/NOTICES.txt`,
    type: 'file',
    mode: 0o644,
    data: build.notices,
    kind: 'licence',
  }
  return [
    programFile(build, 'rpm'),
    { ...manualPage(build), kind: 'doc' },
    { path: licences, type: 'dir', mode: 0o755 },
    notices,
    ...(build.port === undefined
      ? []
      : [
          { ...textFile(settings(build), environmentFile(build)), kind: 'config' } as const,
          textFile(unitFile(build), systemdUnit(build, `/${settings(build)}`, unit)),
        ]),
  ]
}

// Whether a new service is enabled is the distribution's to say (systemd.preset(5)). Without systemd, in an image being made, nothing is to do.
function scripts(name: string): RpmPackage['scripts'] {
  const unit = `${name}.service`
  const script = (condition: string, ...commands: string[]) =>
    [
      `if ${condition} && command -v systemctl >/dev/null; then`,
      ...commands.map((each) => `    ${each}`),
      'fi',
      ':',
    ].join('\n')
  return {
    postin: script('[ "$1" -eq 1 ]', `systemctl --no-reload preset ${unit} || :`),
    preun: script('[ "$1" -eq 0 ]', `systemctl --no-reload disable --now ${unit} || :`),
    postun: script(
      '[ -d /run/systemd/system ]',
      'systemctl daemon-reload || :',
      `if [ "$1" -ge 1 ]; then systemctl try-restart ${unit} || :; fi`,
    ),
  }
}

function describe(build: Build, folder: string, file: string): void {
  const install = {
    title: 'Install',
    text: 'The package is not signed.',
    commands: [`dnf install --nogpgcheck ./${file}`, `# or: rpm -i ${file}`],
  }
  const service = {
    title: 'The service',
    text: `It runs as a user of its own; its environment is \`/${settings(build)}\`.`,
    commands: [`systemctl enable --now ${build.name}`, `journalctl -u ${build.name}`],
  }
  const sections = build.port === undefined ? [install] : [install, service]
  writeReadme(folder, build.name, 'A package for all systems of x86_64 that use rpm.', sections)
}
