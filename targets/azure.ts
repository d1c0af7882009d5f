import { join } from 'node:path'
import { writeFixedVhd } from './formats/vhd.js'
import { bootDisk, diskMemory, writeDisk } from './lib/disk.js'
import { azureDrivers } from './lib/drivers.js'
import { withUefi } from './lib/firmware.js'
import type { Options, OptionValues } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import type { Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeJson } from './lib/write-json.js'

const options = {
  location: {
    type: 'text',
    pattern: /^[a-z0-9]+$/,
    form: 'the name of a region',
    default: 'westeurope',
    summary: 'region of the disk',
  },
  generation: {
    type: 'choice',
    values: ['V1', 'V2'],
    default: 'V1',
    summary: 'generation of the machine: V1 starts by BIOS, V2 by UEFI',
  },
  sku: {
    type: 'choice',
    values: ['Standard_LRS', 'StandardSSD_LRS', 'Premium_LRS'],
    default: 'StandardSSD_LRS',
    summary: 'kind of the disk',
  },
} as const satisfies Options

/** A fixed VHD of whole MiB. Azure's network cards (netvsc, MANA) have no driver yet. */
const azure: Target<typeof options> = {
  name: 'azure',
  layer: 'VM image',
  summary: 'fixed VHD, and the managed disk made of it',
  artefact: 'fixed VHD, disk.json, vm.json',
  platform: 'Azure',
  varies: ['generation (1, 2)', 'machine size'],
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  options,
  memory: diskMemory,
  write(build, folder, values) {
    const { image, kernel } = bootDisk(build, azureDrivers)
    const vhd = writeFixedVhd(image)
    writeJson(join(folder, 'disk.json'), managedDisk(vhd.size, values))
    writeJson(join(folder, 'vm.json'), virtualMachine(build.name, values))
    describe(build.name, vhd.size, folder, values)
    writeDebugFiles(build, folder, kernel)
    return writeDisk(folder, `${build.name}.vhd`, vhd)
  },
  // Generation 1 has its disk on IDE until VMBus is up; of generation 2, the sizes with an NVMe disk.
  recipe(build, folder) {
    const disk = { from: 'disk', file: join(folder, `${build.name}.vhd`), format: 'vpc' } as const
    const base = { kind: 'qemu', nic: 'virtio-net-pci,romfile=', rng: undefined } as const
    const first = { ...base, machine: 'pc', boot: { ...disk, controller: 'ide' }, disks: 'ide' } as const
    const second = { ...base, machine: 'q35', boot: { ...disk, controller: 'nvme' }, disks: 'nvme' } as const
    return [
      { name: 'gen1', recipe: first },
      { name: 'gen2', recipe: withUefi(second, build) },
    ]
  },
}
export default azure

type Values = OptionValues<typeof options>

/** Body of the request that makes a disk to upload to (Microsoft.Compute/disks). */
function managedDisk(uploadSizeBytes: number, { location, generation, sku }: Values): object {
  return {
    location,
    sku: { name: sku },
    properties: {
      osType: 'Linux',
      hyperVGeneration: generation,
      supportedCapabilities: { architecture: 'x64' },
      creationData: { createOption: 'Upload', uploadSizeBytes },
    },
  }
}

/** Body of the request that makes a machine of the disk (Microsoft.Compute/virtualMachines). */
function virtualMachine(name: string, { location }: Values): object {
  const group = '/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers'
  const disk = { id: `${group}/Microsoft.Compute/disks/${name}` }
  const card = { id: `${group}/Microsoft.Network/networkInterfaces/${name}` }
  return {
    location,
    properties: {
      hardwareProfile: { vmSize },
      storageProfile: { osDisk: { createOption: 'Attach', osType: 'Linux', managedDisk: disk } },
      networkProfile: { networkInterfaces: [{ ...card, properties: { primary: true } }] },
      diagnosticsProfile: { bootDiagnostics: { enabled: true } },
    },
  }
}

const vmSize = 'Standard_B1s'

function describe(name: string, size: number, folder: string, { location, generation, sku }: Values): void {
  const disk = `--resource-group GROUP --name ${name}`
  writeReadme(
    folder,
    `${name} for Azure`,
    `${name}.vhd starts machines of both generations. It has no provisioning agent: use it as a specialized disk. disk.json and vm.json are the bodies of the requests that make the managed disk and a machine of it.`,
    [
      {
        title: 'What is missing',
        text: 'Azure’s network cards have no driver yet: an app without a server runs, a server ends at once, saying so on the serial console.',
      },
      {
        title: 'Upload and start',
        commands: [
          `az disk create ${disk} --location ${location} --os-type Linux --hyper-v-generation ${generation} --upload-type Upload --upload-size-bytes ${size} --sku ${sku}`,
          `azcopy copy ${name}.vhd "$(az disk grant-access ${disk} --access-level Write --duration-in-seconds 3600 --query accessSAS -o tsv)" --blob-type PageBlob`,
          `az disk revoke-access ${disk}`,
          `az vm create ${disk} --attach-os-disk ${name} --os-type Linux --size ${vmSize}`,
          `az serial-console connect ${disk}`,
        ],
      },
      {
        title: 'The same by the REST interface',
        text: 'Subscription and group go into vm.json and the addresses; the network interface must be there.',
        commands: [
          'compute=https://management.azure.com/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/Microsoft.Compute',
          `az rest --method put --url "$compute/disks/${name}?api-version=2024-03-02" --body @disk.json`,
          `az rest --method put --url "$compute/virtualMachines/${name}?api-version=2024-07-01" --body @vm.json`,
        ],
      },
    ],
  )
}
