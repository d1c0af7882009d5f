import { join } from 'node:path'
import { writeVdi } from './formats/vdi.js'
import { applianceDisk, makeAppliance } from './lib/appliance.js'
import { bootDisk, diskMemory, writeDisk } from './lib/disk.js'
import { virtualboxDrivers } from './lib/drivers.js'
import { virtualboxMachine } from './lib/hypervisors.js'
import { writeReadme } from './lib/readme.js'
import type { Build, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** A disk in VirtualBox's own format, and an appliance to import; the console is the screen. */
const virtualbox: Target = {
  name: 'virtualbox',
  layer: 'VM image',
  summary: 'VDI, and the same machine as OVA',
  artefact: 'OVA, VDI',
  platform: 'VirtualBox',
  varies: ['disk controller (SATA, IDE, NVMe)', 'firmware (BIOS, EFI)'],
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  memory: diskMemory,
  write(build, folder) {
    const { image, kernel } = bootDisk(build, virtualboxDrivers)
    const { ova } = makeAppliance(build, 'virtualbox', image)
    describe(build, diskMemory(build).default, folder)
    writeDebugFiles(build, folder, kernel)
    return {
      ...writeDisk(folder, `${build.name}.vdi`, writeVdi(image)),
      ...writeDisk(folder, `${build.name}.ova`, ova()),
    }
  },
  recipe(build, folder) {
    const disk = { file: join(folder, `${build.name}.vdi`), format: 'vdi' } as const
    const within = { format: 'tar', file: join(folder, `${build.name}.ova`) } as const
    const imported = { within, file: applianceDisk(build), format: 'vmdk' } as const
    return [
      { name: 'VDI', recipe: virtualboxMachine(disk) },
      { name: 'OVA', recipe: virtualboxMachine(imported) },
    ]
  },
}
export default virtualbox

function describe({ name, ports }: Build, memory: number, folder: string): void {
  const medium = `--storagectl SATA --port 0 --device 0 --type hdd --medium ${name}.vdi`
  writeReadme(folder, `${name} for VirtualBox`, `${name}.ova is the machine, ${name}.vdi its disk alone.`, [
    {
      title: 'Import and start',
      commands: [
        `VBoxManage import ${name}.ova`,
        ...ports.map(
          (port) => `VBoxManage modifyvm ${name} --natpf1 tcp${port},tcp,127.0.0.1,${port},,${port}`,
        ),
        `VBoxManage startvm ${name} --type headless`,
      ],
    },
    {
      title: 'Or make a machine around the disk',
      commands: [
        `VBoxManage createvm --name ${name} --ostype Linux_64 --register`,
        `VBoxManage modifyvm ${name} --memory ${memory} --nic1 nat --nictype1 82540EM --uart1 0x3F8 4 --uartmode1 file console.txt`,
        `VBoxManage storagectl ${name} --name SATA --add sata --controller IntelAhci`,
        `VBoxManage storageattach ${name} ${medium}`,
        `VBoxManage startvm ${name} --type headless`,
      ],
    },
  ])
}
