import { join } from 'node:path'
import { bootDisk, diskMemory, writeDisk } from './lib/disk.js'
import { pcDrivers } from './lib/drivers.js'
import { biosAndUefi } from './lib/firmware.js'
import { writeReadme } from './lib/readme.js'
import type { Build, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** A disk image to write to a disk or stick, or to give to any virtual machine; it starts by BIOS and by UEFI. */
const raw: Target = {
  name: 'raw',
  layer: 'OS image',
  summary: 'disk image (GPT) that BIOS and UEFI start',
  artefact: 'disk image (GPT)',
  platform: 'PCs and virtual machines',
  varies: ['firmware (BIOS, UEFI)', 'disk controller', 'network card'],
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  memory: diskMemory,
  write(build, folder) {
    const { image, kernel } = bootDisk(build, pcDrivers)
    writeDebugFiles(build, folder, kernel)
    describe(build, folder)
    return writeDisk(folder, `${build.name}.img`, image)
  },
  recipe(build, folder) {
    const file = join(folder, `${build.name}.img`)
    const recipe = {
      kind: 'qemu',
      machine: 'q35',
      boot: { from: 'disk', file, format: 'raw', controller: 'ahci' },
      disks: 'ahci',
      nic: 'e1000e,romfile=',
      rng: undefined,
    } as const
    const stick = { ...recipe, boot: { ...recipe.boot, controller: 'usb' } } as const
    return [...biosAndUefi(recipe, build), { name: 'USB', recipe: stick }]
  },
}
export default raw

function describe(build: Build, folder: string): void {
  const { name } = build
  writeReadme(folder, `${name} as a disk`, `${name}.img starts by BIOS and by UEFI, on any disk.`, [
    {
      title: 'Onto a disk or stick',
      text: 'All that is on it is lost; lsblk shows its name in place of sdX.',
      commands: [`dd if=${name}.img of=/dev/sdX bs=1M conv=fsync`],
    },
    {
      title: 'Try it in QEMU',
      commands: [
        `qemu-system-x86_64 -machine q35 -cpu max -m ${diskMemory(build).default} -nographic -drive file=${name}.img,format=raw`,
      ],
    },
  ])
}
