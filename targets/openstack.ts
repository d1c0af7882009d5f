import { join } from 'node:path'
import { writeQcow2 } from './formats/qcow2.js'
import { bootDisk, diskMemory, writeDisk } from './lib/disk.js'
import { kvmDrivers } from './lib/drivers.js'
import { biosAndUefi } from './lib/firmware.js'
import { kvmMachine } from './lib/hypervisors.js'
import { writeReadme } from './lib/readme.js'
import type { BuildFacts, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeJson } from './lib/write-json.js'

/** A qcow2 image, and what Glance is told of it. */
const openstack: Target = {
  name: 'openstack',
  layer: 'VM image',
  summary: 'qcow2 image and its Glance properties',
  carries: 'elf',
  proof: "booted on the platform's own hardware model",
  memory: diskMemory,
  write(build, folder) {
    const { image, kernel } = bootDisk(build, kvmDrivers)
    const memory = diskMemory(build)
    writeJson(join(folder, 'image.json'), {
      ...{ name: build.name, ...formats(memory) },
      ...properties,
    })
    describe(build.name, memory, folder)
    writeDebugFiles(build, folder, kernel)
    return writeDisk(folder, fileName(build), writeQcow2(image))
  },
  recipe(build, folder) {
    const disk = { file: join(folder, fileName(build)), format: 'qcow2' } as const
    return biosAndUefi(kvmMachine('virtio-blk', disk), build)
  },
}
export default openstack

const fileName = ({ name }: { readonly name: string }) => `${name}.qcow2`

/** GiB and MiB that an instance must have. */
function formats({ minimum }: BuildFacts['memory']): Readonly<Record<string, string | number>> {
  return { disk_format: 'qcow2', container_format: 'bare', min_disk: 1, min_ram: minimum }
}

/** Glance, "Useful image properties". */
const properties = {
  architecture: 'x86_64',
  hw_disk_bus: 'virtio',
  hw_firmware_type: 'bios',
  hw_machine_type: 'q35',
  hw_rng_model: 'virtio',
  hw_vif_model: 'virtio',
  os_type: 'linux',
}

function describe(name: string, memory: BuildFacts['memory'], folder: string): void {
  const options = [
    ...Object.entries(formats(memory)).map(([key, value]) => `--${key.replaceAll('_', '-')} ${value}`),
    ...Object.entries(properties).map(([key, value]) => `--property ${key}=${value}`),
  ]
  writeReadme(
    folder,
    `${name} for OpenStack`,
    `${fileName({ name })} starts by BIOS and by UEFI. image.json holds the same properties as the body of Glance's POST /v2/images.`,
    [
      {
        title: 'Upload and start',
        text: 'Any flavor with a disk of 1 GiB will do; names of flavor and network are the cloud’s.',
        commands: [
          `openstack image create --file ${fileName({ name })} ${options.join(' ')} ${name}`,
          `openstack server create --image ${name} --flavor m1.tiny --network private ${name}`,
          `openstack console log show ${name}`,
        ],
      },
    ],
  )
}
