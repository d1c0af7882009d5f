import { join } from 'node:path'
import { quote } from '../base/run.js'
import { writeContent } from './formats/content.js'
import { applianceDisk, makeAppliance } from './lib/appliance.js'
import { bootDisk, diskMemory, writeDisk } from './lib/disk.js'
import { vmwareDrivers } from './lib/drivers.js'
import { vmwareMachine } from './lib/hypervisors.js'
import type { Options, OptionValues } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import type { Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeJson } from './lib/write-json.js'

const options = {
  hardwareVersion: {
    type: 'integer',
    minimum: 13,
    maximum: 22,
    default: 13,
    summary: 'version of the virtual hardware: ESXi 6.5 knows 13, 8.0 knows 20',
  },
  firmware: { type: 'choice', values: ['bios', 'efi'], default: 'bios', summary: 'firmware of the machine' },
  network: { type: 'text', default: 'VM Network', summary: 'network that the machine is connected to' },
} as const satisfies Options

/** An appliance with VMware's paravirtual SCSI adapter and vmxnet3, and its disk alone; the console is the screen. */
const vmware: Target<typeof options> = {
  name: 'vmware',
  layer: 'VM image',
  summary: 'OVA, and its streamOptimized VMDK',
  artefact: 'OVA, streamOptimized VMDK, import.json (govc)',
  platform: 'ESXi, vCenter, Workstation, Fusion',
  varies: [
    'firmware (BIOS, EFI)',
    'disk controller (PVSCSI, SATA, NVMe, IDE)',
    'network card (vmxnet3, e1000, e1000e)',
  ],
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  options,
  memory: diskMemory,
  write(build, folder, values) {
    const { image, kernel } = bootDisk(build, vmwareDrivers)
    const file = applianceDisk(build)
    const { vmdk, ova } = makeAppliance(build, 'vmware', image, values)
    writeJson(join(folder, 'import.json'), importOptions(build.name, values))
    describe(build.name, file, folder, values)
    writeDebugFiles(build, folder, kernel)
    writeContent(join(folder, file), vmdk)
    return writeDisk(folder, `${build.name}.ova`, ova())
  },
  recipe(build, folder) {
    const within = { format: 'tar', file: join(folder, `${build.name}.ova`) } as const
    const disk = { within, file: applianceDisk(build), format: 'vmdk' } as const
    return [
      { name: 'SCSI', recipe: vmwareMachine('pvscsi', disk) },
      { name: 'SATA', recipe: vmwareMachine('ahci', disk) },
    ]
  },
}
export default vmware

type Values = OptionValues<typeof options>

/** For `govc import.ova -options`. */
function importOptions(name: string, { network }: Values): object {
  return {
    DiskProvisioning: 'thin',
    IPAllocationPolicy: 'dhcpPolicy',
    IPProtocol: 'IPv4',
    NetworkMapping: [{ Name: network, Network: network }],
    MarkAsTemplate: false,
    PowerOn: true,
    InjectOvfEnv: false,
    WaitForIP: false,
    Name: name,
  }
}

function describe(name: string, file: string, folder: string, { hardwareVersion, network }: Values): void {
  writeReadme(
    folder,
    `${name} for VMware`,
    `${name}.ova is a machine for ESXi, vCenter, Workstation and Fusion (hardware version ${hardwareVersion} and later). ${file} is its disk alone, for importers that take no OVA.`,
    [
      {
        title: 'Import and start with govc',
        text: 'import.json says how: which network, and that the machine is started.',
        commands: [`govc import.ova -options=import.json ${name}.ova`, `govc vm.info ${name}`],
      },
      {
        title: 'With ovftool',
        commands: [
          `ovftool --name=${name} --datastore=datastore1 --net:${quote([network])}=${quote([network])} --powerOn ${name}.ova vi://root@esxi.example.com/`,
        ],
      },
    ],
  )
}
