import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { firecrackerDrivers } from './lib/drivers.js'
import type { Options, OptionValues } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import type { QemuRecipe } from './lib/recipe.js'
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
  mac: {
    type: 'text',
    pattern: /^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$/,
    form: 'a hardware address',
    default: '06:00:AC:10:00:02',
    summary: "hardware address of the machine's card",
  },
  words: {
    type: 'text',
    summary:
      'further words of the kernel command line, as in ip=172.16.0.2::172.16.0.1:255.255.255.0::eth0:off',
  },
} as const satisfies Options

/** The ELF that Firecracker loads, by PVH or, before it knew that, by Linux's boot protocol; and its configuration. */
const firecracker: Target<typeof options> = {
  name: 'firecracker',
  layer: 'VM image',
  summary: 'bootable ELF and the VM configuration for Firecracker',
  artefact: 'PVH ELF, vm-config.json',
  platform: 'Firecracker',
  varies: ['version of Firecracker (ACPI or command line)'],
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  options,
  write(build, folder, values) {
    const image = build.bootable(firecrackerDrivers, { linux: true })
    writeFileSync(join(folder, `${build.name}.elf`), image.bytes)
    writeJson(join(folder, 'vm-config.json'), configuration(build.name, build.memory.default, values))
    describe(build.name, folder, values.tap)
    writeDebugFiles(build, folder, image)
  },
  // QEMU's microvm tells of its virtio devices as Firecracker does: by virtio_mmio.device= words, when there is no ACPI.
  recipe(build, folder) {
    const file = join(folder, `${build.name}.elf`)
    const machine = (by: 'pvh' | 'linux64'): QemuRecipe => ({
      kind: 'qemu',
      machine: 'microvm,acpi=off,x-option-roms=off,rtc=on,isa-serial=on',
      firmware: 'none',
      boot: { from: 'kernel', file, by, words: ['console=ttyS0', 'pci=off'] },
      disks: 'virtio-blk',
      nic: 'virtio-net-device',
      rng: 'virtio-rng-device',
      devices: ['i8042'],
      stop: 'ctrl-alt-delete',
    })
    return [
      { name: 'PVH', recipe: machine('pvh') },
      { name: 'Linux', recipe: machine('linux64') },
    ]
  },
}
export default firecracker

/** For `firecracker --config-file`; paths are relative to where it runs. */
function configuration(
  name: string,
  memory: number,
  { tap, mac, words }: OptionValues<typeof options>,
): object {
  const boot_args = ['console=ttyS0', ...(words === undefined ? [] : [words])].join(' ')
  return {
    'boot-source': { kernel_image_path: `${name}.elf`, boot_args },
    'machine-config': { vcpu_count: 1, mem_size_mib: memory },
    'network-interfaces': [{ iface_id: 'eth0', guest_mac: mac, host_dev_name: tap }],
    drives: [],
    entropy: {},
  }
}

function describe(name: string, folder: string, tap: string): void {
  writeReadme(
    folder,
    `${name} for Firecracker`,
    `${name}.elf starts by PVH, and by Linux's boot protocol in versions that know no PVH; vm-config.json asks for the network device ${tap}.`,
    [
      {
        title: 'Start',
        text: `The address comes by DHCP. Without a DHCP server on ${tap}, add ip=172.16.0.2::172.16.0.1:255.255.255.0::eth0:off to boot_args.`,
        commands: [
          `ip tuntap add ${tap} mode tap && ip addr add 172.16.0.1/24 dev ${tap} && ip link set ${tap} up`,
          'firecracker --no-api --config-file vm-config.json',
        ],
      },
    ],
  )
}
