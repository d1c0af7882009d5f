import { join } from 'node:path'
import { quote } from '../base/run.js'
import { writeQcow2 } from './formats/qcow2.js'
import { bootDisk, diskMemory, writeDisk } from './lib/disk.js'
import { kvmDrivers } from './lib/drivers.js'
import { kvmMachine } from './lib/hypervisors.js'
import type { Options, OptionValues } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import type { BuildFacts, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeJson } from './lib/write-json.js'

const options = {
  properties: {
    type: 'map',
    summary: 'properties of the image, beside or in place of ours, as in hw_disk_bus=scsi',
  },
  minDisk: {
    type: 'integer',
    minimum: 1,
    maximum: 65536,
    default: 1,
    summary: 'GiB that an instance must have',
  },
} as const satisfies Options

/** A qcow2 image, and what Glance is told of it. */
const openstack: Target<typeof options> = {
  name: 'openstack',
  layer: 'VM image',
  summary: 'qcow2 image and its Glance properties',
  artefact: 'qcow2, image.json (Glance), server.json (Nova)',
  platform: 'OpenStack on KVM',
  varies: ['firmware (BIOS, UEFI)', 'machine (pc, q35)', 'disk bus (virtio, SCSI)'],
  carries: 'elf',
  proof: "booted on the platform's own hardware model",
  options,
  memory: diskMemory,
  write(build, folder, values) {
    const { image, kernel } = bootDisk(build, kvmDrivers)
    const memory = diskMemory(build)
    writeJson(join(folder, 'image.json'), {
      ...{ name: build.name, ...formats(memory, values) },
      ...{ ...properties, ...values.properties },
    })
    writeJson(join(folder, 'server.json'), serverRequest(build.name))
    describe(build.name, memory, folder, values)
    writeDebugFiles(build, folder, kernel)
    return writeDisk(folder, fileName(build), writeQcow2(image))
  },
  recipe: (build, folder) =>
    kvmMachine('virtio-blk', { file: join(folder, fileName(build)), format: 'qcow2' }),
}
export default openstack

type Values = OptionValues<typeof options>

const fileName = ({ name }: { readonly name: string }) => `${name}.qcow2`

/** GiB and MiB that an instance must have. */
function formats(
  { minimum }: BuildFacts['memory'],
  { minDisk }: Values,
): Readonly<Record<string, string | number>> {
  return { disk_format: 'qcow2', container_format: 'bare', min_disk: minDisk, min_ram: minimum }
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

/** Body of Nova's POST /servers. */
function serverRequest(name: string): object {
  return {
    server: { name, imageRef: 'IMAGE_ID', flavorRef: 'FLAVOR_ID', networks: [{ uuid: 'NETWORK_ID' }] },
  }
}

function describe(name: string, memory: BuildFacts['memory'], folder: string, values: Values): void {
  const flags = [
    ...Object.entries(formats(memory, values)).map(
      ([key, value]) => `--${key.replaceAll('_', '-')} ${value}`,
    ),
    ...Object.entries({ ...properties, ...values.properties }).map(
      ([key, value]) => `--property ${quote([`${key}=${value}`])}`,
    ),
  ]
  writeReadme(
    folder,
    `${name} for OpenStack`,
    `${fileName({ name })} starts by BIOS and by UEFI. image.json holds the same properties as the body of Glance's POST /v2/images, server.json that of Nova's POST /servers.`,
    [
      {
        title: 'Upload and start',
        text: `Any flavor with a disk of ${values.minDisk} GiB will do; names of flavor and network are the cloud’s.`,
        commands: [
          `openstack image create --file ${fileName({ name })} ${flags.join(' ')} ${name}`,
          `openstack server create --image ${name} --flavor m1.tiny --network private ${name}`,
          `openstack console log show ${name}`,
        ],
      },
    ],
  )
}
