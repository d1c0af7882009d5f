import { join } from 'node:path'
import { sparseDigest } from './formats/sparse-digest.js'
import { writeSparseImage } from './formats/sparse-image.js'
import { bootDisk, isRootOutside } from './lib/disk.js'
import { pcDrivers } from './lib/drivers.js'
import type { Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** A disk image to write to a disk or stick, or to give to any virtual machine; it starts by BIOS and by UEFI. */
const raw: Target = {
  name: 'raw',
  layer: 'OS image',
  summary: 'disk image (GPT) that BIOS and UEFI start',
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  memory: (build) => (isRootOutside(build) ? memoryWithRootOutside : build.memory),
  write(build, folder) {
    const { image, kernel } = bootDisk(build, pcDrivers)
    const file = `${build.name}.img`
    writeSparseImage(join(folder, file), image)
    writeDebugFiles(build, folder, kernel)
    return { [file]: sparseDigest(image) }
  },
  recipe: (build, folder) => ({
    kind: 'qemu',
    machine: 'q35',
    boot: { from: 'disk', file: join(folder, `${build.name}.img`), format: 'raw', controller: 'ahci' },
    disks: 'ahci',
    nic: 'e1000e,romfile=',
    rng: undefined,
  }),
}
export default raw

/** MiB: the kernel, a program's own memory, and room to keep what it has read of its files. */
const memoryWithRootOutside = { minimum: 8, default: 32 }
