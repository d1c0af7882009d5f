import { existsSync } from 'node:fs'
import { findProgram } from '../../base/find-program.js'
import { prebuilt } from '../../base/package-root.js'
import { findOvmf } from '../../boot/qemu/firmware.js'
import { UnikCommand } from '../command.js'
import { table } from '../table.js'

interface Finding {
  readonly what: string
  readonly needed: string
  readonly found: string
  readonly hint: string
}

export default class Doctor extends UnikCommand {
  static override summary = 'Say what this machine has for building and booting, and what is missing'
  static override examples = ['<%= config.bin %> doctor']

  async run(): Promise<unknown> {
    await this.parse(Doctor)
    const findings = examine()
    const missing = findings.filter((finding) => finding.found === 'no')
    if (!this.jsonEnabled()) {
      this.log(
        table(
          ['what', 'needed to', 'found', 'what to do'],
          findings.map((finding) => [finding.what, finding.needed, finding.found, finding.hint]),
        ),
      )
    }
    if (missing.some((finding) => finding.needed === 'build')) this.status = 1
    return { findings }
  }
}

function examine(): Finding[] {
  const node = Number(process.versions.node.split('.')[0])
  return [
    finding(
      'Node.js 20 or newer',
      'build',
      node >= 20 ? process.versions.node : undefined,
      'install Node.js 20',
    ),
    finding(
      'runtime archives',
      'build',
      existsSync(prebuilt('bytecode.wasm')) ? 'yes' : undefined,
      'npm run setup',
    ),
    program('qemu-system-x86_64', 'boot images', 'qemu-system-x86'),
    finding('OVMF', 'boot UEFI images', findOvmf()?.code, 'apt-get install ovmf'),
    ...rows.map(([name, needed, debianPackage]) => program(name, needed, debianPackage)),
    finding(
      'root',
      'run containers as users of their own',
      process.getuid?.() === 0 ? 'yes' : undefined,
      'sudo unik',
    ),
    finding(
      'Linux x86_64',
      'run the linux target',
      process.platform === 'linux' && process.arch === 'x64' ? 'yes' : undefined,
      'boot -t qemu instead',
    ),
  ]
}

/** Programs that rows which are no machines are run by. */
const rows = [
  ['runc', 'run containers and packages', 'runc'],
  ['umoci', 'unpack container images', 'umoci'],
  ['skopeo', 'load container images from archives', 'skopeo'],
  ['lxc-start', 'run system containers', 'lxc'],
  ['dpkg', 'install .deb packages', 'dpkg'],
  ['rpm', 'install .rpm packages', 'rpm'],
  ['busybox', "run packages' scripts", 'busybox-static'],
  ['systemd-analyze', 'hold services to their system calls', 'systemd'],
  ['bsdtar', 'unpack Lambda archives', 'libarchive-tools'],
  ['chromium', 'run web sites', 'chromium'],
] as const

function program(name: string, needed: string, debianPackage: string): Finding {
  return finding(name, needed, findProgram(name), `apt-get install ${debianPackage}`)
}

function finding(what: string, needed: string, found: string | undefined, hint: string): Finding {
  return { what, needed, found: found ?? 'no', hint: found === undefined ? hint : '' }
}
