import { join } from 'node:path'
import { applianceDisk, makeAppliance } from './lib/appliance.js'
import { bootDisk, diskMemory, writeDisk } from './lib/disk.js'
import { vmwareDrivers } from './lib/drivers.js'
import { vmwareMachine } from './lib/hypervisors.js'
import { writeReadme } from './lib/readme.js'
import type { Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** An appliance with VMware's paravirtual SCSI adapter and vmxnet3, and its disk alone; the console is the screen. */
const vmware: Target = {
  name: 'vmware',
  layer: 'VM image',
  summary: 'OVA, and its streamOptimized VMDK',
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  memory: diskMemory,
  write(build, folder) {
    const { image, kernel } = bootDisk(build, vmwareDrivers)
    const file = applianceDisk(build)
    const { vmdk, ova } = makeAppliance(build, 'vmware', image)
    describe(build.name, file, folder)
    writeDebugFiles(build, folder, kernel)
    return { ...writeDisk(folder, file, vmdk), ...writeDisk(folder, `${build.name}.ova`, ova) }
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

function describe(name: string, file: string, folder: string): void {
  writeReadme(
    folder,
    `${name} for VMware`,
    `${name}.ova is a machine for ESXi, vCenter, Workstation and Fusion (hardware version 13 and later). ${file} is its disk alone, for importers that take no OVA.`,
    [
      {
        title: 'Import and start with govc',
        commands: [`govc import.ova ${name}.ova`, `govc vm.power -on ${name}`, `govc vm.ip ${name}`],
      },
      {
        title: 'With ovftool',
        commands: [
          `ovftool --name=${name} --datastore=datastore1 --network='VM Network' --powerOn ${name}.ova vi://root@esxi.example.com/`,
        ],
      },
    ],
  )
}
