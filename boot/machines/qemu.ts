import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { needProgram } from '../../base/find-program.js'
import { start } from '../../base/run.js'
import { temporaryFolder } from '../../base/temporary-folder.js'
import { UserError } from '../../base/user-error.js'
import type { QemuRecipe } from '../../targets/lib/recipe.js'
import type { MachineKind, MachineOptions } from '../machine.js'
import { qmp } from '../qmp.js'

/** A virtual machine in QEMU: the recipe says what the platform presents, this file says it in QEMU's words. */
const qemu: MachineKind<QemuRecipe> = {
  name: 'qemu',
  sharesHostPorts: false,
  async start(recipe, options) {
    const program = needProgram('qemu-system-x86_64', 'qemu-system-x86', 'boot an image')
    if (!existsSync(recipe.kernel)) throw new UserError(`no such file: ${recipe.kernel}`)
    const args = qemuArguments(recipe, options)
    const work = temporaryFolder('unik-qemu-')
    const control = join(work.path, 'qmp')
    const running = await start(program, [...args, '-qmp', `unix:${control},server=on,wait=off`])
    return {
      process: running,
      commandLine: [program, ...args],
      speaks: 'serial',
      interrupt: () => void running.stdin.write(interruptKey),
      shutdown: () => qmp(control, 'system_powerdown'),
      endInput: () => void running.stdin.write(endOfInput),
      kill: () => running.kill('SIGKILL'),
      cleanUp: work.remove,
    }
  },
}
export default qemu

const interruptKey = '\x03' // Ctrl-C
/** Ctrl-D twice: after an unfinished line the first one only ends that line. */
const endOfInput = '\x04\x04'

/** The whole command line, as a pure function of recipe and options. */
export function qemuArguments(recipe: QemuRecipe, options: MachineOptions): string[] {
  const kvm = useKvm(options.accel)
  const forwards = options.ports.map((port) => `,hostfwd=tcp:127.0.0.1:${port.host}-:${port.guest}`).join('')
  const words = [...options.kernelWords, ...environmentWords(options.env), ...argumentWords(options.args)]
  return [
    '-machine',
    recipe.machine,
    '-accel',
    kvm ? 'kvm' : 'tcg',
    '-cpu',
    options.cpu ?? (kvm ? 'host' : 'max'),
    '-m',
    String(options.memory),
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-no-reboot',
    '-serial',
    'stdio',
    '-kernel',
    recipe.kernel,
    ...(words.length > 0 ? ['-append', words.join(' ')] : []),
    ...(recipe.nic === undefined
      ? []
      : ['-netdev', `user,id=net0${forwards}`, '-device', `${recipe.nic},netdev=net0`]),
    ...(recipe.rng === undefined ? [] : ['-device', recipe.rng]),
    ...(options.emulatorArgs ?? []),
  ]
}

// Linux's command-line syntax: a word with spaces stands in double quotes, which cannot be escaped.
function environmentWords(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([key, value]) => word(`${key}=${value}`))
}

function argumentWords(args: readonly string[]): string[] {
  return args.length === 0 ? [] : ['--', ...args.map(word)]
}

function word(text: string): string {
  if (/["\n]/.test(text))
    throw new UserError(`a kernel command line cannot hold ${JSON.stringify(text)}`, {
      hint: 'build the value into the image with --env, or read it from a file',
      status: 2,
    })
  return text === '' || /\s/.test(text) ? `"${text}"` : text
}

// KVM without vmx or svm is emulated below us and slower than TCG.
function useKvm(accel: MachineOptions['accel']): boolean {
  if (accel !== 'auto') return accel === 'kvm'
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK)
    return /^flags\s*:.*\b(vmx|svm)\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'))
  } catch {
    return false
  }
}
