import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeQcow2 } from './formats/qcow2.js'
import { bootDisk, diskMemory, writeDisk } from './lib/disk.js'
import { kvmDrivers } from './lib/drivers.js'
import { biosAndUefi } from './lib/firmware.js'
import { kvmMachine } from './lib/hypervisors.js'
import type { Options, OptionValues } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import type { Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

const options = {
  bridge: {
    type: 'text',
    pattern: /^[A-Za-z0-9_.-]+$/,
    form: 'the name of a bridge',
    default: 'vmbr0',
    summary: 'bridge that the machine is connected to when create.sh is not told',
  },
  storage: {
    type: 'text',
    pattern: /^[A-Za-z0-9_.-]+$/,
    form: 'the name of a storage',
    default: 'local-lvm',
    summary: 'storage of its disk when create.sh is not told',
  },
  startAtBoot: {
    type: 'boolean',
    default: false,
    summary: 'whether the node starts the machine with itself',
  },
} as const satisfies Options

/** A qcow2 image, and the script that makes a Proxmox VE machine of it. */
const proxmox: Target<typeof options> = {
  name: 'proxmox',
  layer: 'VM image',
  summary: 'qcow2 image and the qm script that makes a machine of it',
  artefact: 'qcow2, create.sh (qm)',
  platform: 'Proxmox VE 8 and later',
  varies: ['firmware (BIOS, UEFI)', 'machine (pc, q35)', 'disk bus (virtio, SCSI)'],
  carries: 'elf',
  proof: "booted on the platform's own hardware model",
  options,
  memory: diskMemory,
  write(build, folder, values) {
    const { image, kernel } = bootDisk(build, kvmDrivers)
    const file = `${build.name}.qcow2`
    writeFileSync(join(folder, 'create.sh'), script(build.name, file, diskMemory(build).default, values), {
      mode: 0o755,
    })
    writeReadme(folder, `${build.name} for Proxmox VE`, `${file} starts by BIOS and by UEFI.`, [
      {
        title: 'Make a machine and start it',
        text: 'On a Proxmox VE node (8 or later), with a free number and a storage for disks:',
        commands: [`./create.sh 100 ${values.storage}`, 'qm start 100', 'qm terminal 100'],
      },
    ])
    writeDebugFiles(build, folder, kernel)
    return writeDisk(folder, file, writeQcow2(image))
  },
  recipe(build, folder) {
    const disk = { file: join(folder, `${build.name}.qcow2`), format: 'qcow2' } as const
    return biosAndUefi(kvmMachine('virtio-scsi', disk), build)
  },
}
export default proxmox

function script(
  name: string,
  file: string,
  memory: number,
  { bridge, storage, startAtBoot }: OptionValues<typeof options>,
): string {
  return `#!/bin/sh
# Makes a virtual machine of ${file}: create.sh NUMBER [STORAGE [BRIDGE]]
set -eu
number=\${1:?usage: create.sh NUMBER [STORAGE [BRIDGE]]}
storage=\${2:-${storage}}
bridge=\${3:-${bridge}}
folder=$(cd "$(dirname "$0")" && pwd)

qm create "$number" --name ${name} --ostype other --machine q35 --bios seabios \\
  --cores 1 --memory ${memory} --balloon 0 \\
  --scsihw virtio-scsi-pci --scsi0 "$storage:0,import-from=$folder/${file}" --boot order=scsi0 \\
  --net0 "virtio,bridge=$bridge" --rng0 source=/dev/urandom \\
  ${startAtBoot ? '--onboot 1 ' : ''}--serial0 socket --vga serial0
`
}
