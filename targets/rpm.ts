import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RpmFile, type RpmPackage, writeRpm } from './formats/rpm.js'
import { environmentFile } from './lib/environment-file.js'
import { findFile } from './lib/find-file.js'
import { manualPage, programFile, textFile } from './lib/package-files.js'
import { rpmVersion } from './lib/package-version.js'
import { writeReadme } from './lib/readme.js'
import { sourceDate } from './lib/source-date.js'
import { systemdUnit } from './lib/systemd-unit.js'
import type { Build, BuildFacts, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** One package for every release of Fedora, RHEL and its kin, SUSE: the program is static. */
const rpm: Target = {
  name: 'rpm',
  layer: 'OS package',
  summary: 'RPM package: the program, a hardened systemd service, a manual page',
  carries: 'elf',
  proof: 'run as what it is',
  write(build, folder) {
    const { about } = build
    const data = writeRpm({
      name: build.name,
      version: rpmVersion(about.version),
      release: '1',
      summary: summary(about.description),
      description: `${about.description}\n\nOne static program made by unik: it depends on no other package.`,
      licence: about.licence,
      url: about.homepage,
      packager: about.maintainer,
      scripts: build.port === undefined ? {} : scripts(build.name),
      files: files(build),
      date: sourceDate(),
    })
    writeFileSync(join(folder, fileName(build)), data)
    writeDebugFiles(build, folder)
    describe(build, folder)
  },
  recipe: (build, folder) => ({
    kind: 'rootfs',
    archives: [{ file: findFile(folder, '.rpm'), format: 'rpm' }],
    command: [`/usr/bin/${build.name}`],
  }),
}
export default rpm

/** rpmlint's rules: no article before, a capital first, no full stop behind. */
function summary(description: string): string {
  const text = description.replace(/^(an?|the) +/i, '').replace(/\.$/, '')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const fileName = ({ name, about }: Build): string => `${name}-${rpmVersion(about.version)}-1.x86_64.rpm`
const settings = ({ name }: BuildFacts): string => `etc/sysconfig/${name}`
const unitFile = ({ name }: BuildFacts): string => `usr/lib/systemd/system/${name}.service`

function files(build: Build): RpmFile[] {
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
          textFile(unitFile(build), systemdUnit(build, `/${settings(build)}`)),
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

function describe(build: Build, folder: string): void {
  const install = {
    title: 'Install',
    text: 'The package is not signed.',
    commands: [`dnf install --nogpgcheck ./${fileName(build)}`, `# or: rpm -i ${fileName(build)}`],
  }
  const service = {
    title: 'The service',
    text: `It runs as a user of its own; its environment is \`/${settings(build)}\`.`,
    commands: [`systemctl enable --now ${build.name}`, `journalctl -u ${build.name}`],
  }
  const sections = build.port === undefined ? [install] : [install, service]
  writeReadme(folder, build.name, 'A package for all systems of x86_64 that use rpm.', sections)
}
