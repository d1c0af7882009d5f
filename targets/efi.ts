import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pcDrivers } from './lib/drivers.js'
import { withUefi } from './lib/firmware.js'
import type { Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** One UEFI application: for an EFI system partition, a boot entry, a boot manager, or UEFI HTTP boot. */
const efi: Target = {
  name: 'efi',
  layer: 'OS image',
  summary: 'one UEFI application, also a bzImage',
  artefact: 'UEFI application, bzImage',
  platform: 'UEFI machines',
  varies: ['loader (firmware, GRUB, HTTP boot)', 'network card'],
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  write(build, folder) {
    const { file, kernel } = build.bootFile(pcDrivers)
    writeFileSync(join(folder, `${build.name}.efi`), file.bytes)
    writeDebugFiles(build, folder, kernel)
  },
  recipe: (build, folder) =>
    withUefi(
      {
        kind: 'qemu',
        machine: 'q35',
        boot: { from: 'efi', file: join(folder, `${build.name}.efi`) },
        disks: 'ahci',
        nic: 'e1000e,romfile=',
        rng: undefined,
      },
      build,
    ),
}
export default efi
