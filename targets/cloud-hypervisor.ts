import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cloudHypervisorDrivers } from './lib/drivers.js'
import type { Options } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import type { Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeJson } from './lib/write-json.js'

const options = {
  tap: {
    type: 'text',
    pattern: /^[A-Za-z0-9_.-]{1,15}$/,
    form: 'the name of a network device',
    default: 'tap0',
    summary: "the host's device that the machine is connected to",
  },
} as const satisfies Options

/** The ELF that Cloud Hypervisor starts by PVH, and the request that makes its machine. */
const cloudHypervisor: Target<typeof options> = {
  name: 'cloud-hypervisor',
  layer: 'VM image',
  summary: 'bootable ELF (PVH) and the vm.create request for Cloud Hypervisor',
  artefact: 'PVH ELF, vm-create.json',
  platform: 'Cloud Hypervisor',
  varies: ['version of Cloud Hypervisor'],
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  options,
  write(build, folder, { tap }) {
    const image = build.bootable(cloudHypervisorDrivers)
    writeFileSync(join(folder, `${build.name}.elf`), image.bytes)
    writeJson(join(folder, 'vm-create.json'), createRequest(build.name, build.memory.default, tap))
    describe(build.name, build.memory.default, folder, tap)
    writeDebugFiles(build, folder, image)
  },
  recipe: (build, folder) => ({
    kind: 'qemu',
    machine: 'q35',
    boot: { from: 'kernel', file: join(folder, `${build.name}.elf`), words: ['console=ttyS0'] },
    nic: 'virtio-net-pci,disable-legacy=on,romfile=',
    rng: 'virtio-rng-pci,disable-legacy=on',
  }),
}
export default cloudHypervisor

/** Body of PUT /api/v1/vm.create; the path is relative to where the hypervisor runs. */
function createRequest(name: string, memory: number, tap: string): object {
  return {
    payload: { kernel: `${name}.elf`, cmdline: 'console=ttyS0' },
    cpus: { boot_vcpus: 1, max_vcpus: 1 },
    memory: { size: memory * 2 ** 20 },
    net: [{ tap }],
    rng: { src: '/dev/urandom' },
    serial: { mode: 'Tty' },
    console: { mode: 'Off' },
  }
}

function describe(name: string, memory: number, folder: string, tap: string): void {
  writeReadme(
    folder,
    `${name} for Cloud Hypervisor`,
    `${name}.elf starts by PVH. vm-create.json is the body of the API's vm.create.`,
    [
      {
        title: 'Start',
        text: 'The address comes by DHCP on the bridge or tap device that you give it.',
        commands: [
          `cloud-hypervisor --kernel ${name}.elf --cmdline console=ttyS0 --cpus boot=1 --memory size=${memory}M --net tap=${tap} --serial tty --console off`,
        ],
      },
      {
        title: 'Or by its API',
        commands: [
          'cloud-hypervisor --api-socket /tmp/ch.sock &',
          "curl --unix-socket /tmp/ch.sock -X PUT -H 'Content-Type: application/json' -d @vm-create.json http://localhost/api/v1/vm.create",
          'curl --unix-socket /tmp/ch.sock -X PUT http://localhost/api/v1/vm.boot',
        ],
      },
    ],
  )
}
