import { accessSync, constants, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { needProgram, type Tool } from '../../base/find-program.js'
import { start } from '../../base/run.js'
import { temporaryFolder } from '../../base/temporary-folder.js'
import type { QemuRecipe } from '../../targets/lib/recipe.js'
import { createFileServer, listen } from '../file-server.js'
import type { MachineKind, MachineOptions } from '../machine.js'
import { firmwareArguments, firmwarePackages, firmwareText } from '../qemu/firmware.js'
import { checkMedium, mediumArguments } from '../qemu/medium.js'
import { hostAddress, networkArguments } from '../qemu/network.js'
import { unpackMedium, unpackTools } from '../qemu/unpack.js'
import { kernelArguments } from '../qemu/words.js'
import { qmp } from '../qmp.js'

/** A virtual machine in QEMU: the recipe says what the platform presents, boot/qemu/ says it in QEMU's words. */
const qemu: MachineKind<QemuRecipe> = {
  name: 'qemu',
  sharesHostPorts: false,
  needs: (recipe) => [emulator, ...firmwarePackages(recipe.firmware), ...unpackTools(recipe)],
  async start(recipe, options) {
    const program = needProgram(emulator, 'boot an image')
    checkMedium(recipe.boot)
    const work = temporaryFolder('unik-qemu-')
    try {
      const web = await serveMedium(recipe.boot)
      const args = qemuArguments(await unpackMedium(recipe, work.path), options, work.path, web?.address)
      const control = join(work.path, 'qmp')
      const running = await start(program, [...args, '-qmp', `unix:${control},server=on,wait=off`])
      return {
        process: running,
        commandLine: [program, ...args],
        speaks: 'serial',
        firmware: firmwareText(recipe.firmware),
        interrupt: () => void running.stdin.write(interruptKey),
        shutdown: () => qmp(control, ...stops[recipe.stop ?? 'power-button']),
        endInput: () => void running.stdin.write(endOfInput),
        kill: () => running.kill('SIGKILL'),
        cleanUp() {
          web?.close()
          work.remove()
        },
      }
    } catch (error) {
      work.remove()
      throw error
    }
  },
}
export default qemu

const emulator: Tool = { program: 'qemu-system-x86_64', debianPackage: 'qemu-system-x86' }

const stops: Readonly<Record<NonNullable<QemuRecipe['stop']>, [command: string, values?: object]>> = {
  'power-button': ['system_powerdown'],
  'ctrl-alt-delete': [
    'send-key',
    { keys: ['ctrl', 'alt', 'delete'].map((data) => ({ type: 'qcode', data })) },
  ],
}
const interruptKey = '\x03' // Ctrl-C
/** Ctrl-D twice: after an unfinished line the first one only ends that line. */
const endOfInput = '\x04\x04'

/** A web server for what the machine starts from, where that comes over HTTP; `address` is the file's. */
async function serveMedium(
  boot: QemuRecipe['boot'],
): Promise<{ address: string; close(): void } | undefined> {
  if (boot.from !== 'network' || boot.by !== 'http') return undefined
  const server = createFileServer(boot.folder)
  const port = await listen(server)
  server.unref()
  return {
    address: `http://${hostAddress}:${port}/${boot.file}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/**
 * The whole command line; what the machine needs as files of its own is made in `work`. `address`: of what it starts from on a
 * web server.
 */
export function qemuArguments(
  recipe: QemuRecipe,
  options: MachineOptions,
  work: string,
  address?: string,
): string[] {
  const kvm = useKvm(options.accel)
  return [
    '-machine',
    recipe.machine,
    '-accel',
    kvm ? 'kvm' : 'tcg',
    '-cpu',
    options.cpu ?? (kvm ? 'host' : 'max'),
    // One processor, and a place for another: without it, QEMU before 8.1 leaves the guest's memory barriers out of translated
    // code (QEMU commit c914d46d0a64), and a queue's doorbell is lost when guest and device look at each other's index at once.
    '-smp',
    '1,maxcpus=2',
    '-m',
    String(options.memory),
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-no-reboot',
    '-serial',
    'stdio',
    ...firmwareArguments(recipe.firmware, work, address),
    ...kernelArguments(recipe, options),
    ...mediumArguments(recipe, options.disks ?? [], work),
    ...networkArguments(recipe, options.ports, address),
    ...(recipe.rng === undefined ? [] : ['-device', recipe.rng]),
    ...(recipe.devices ?? []).flatMap((device) => ['-device', device]),
    ...(recipe.vga === undefined ? [] : ['-device', recipe.vga]),
    ...(options.emulatorArgs ?? []),
  ]
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
