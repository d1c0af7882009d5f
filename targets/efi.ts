import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pcDrivers } from './lib/drivers.js'
import { withUefi } from './lib/firmware.js'
import { writeReadme } from './lib/readme.js'
import type { BuildFacts, Target } from './lib/target.js'
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
    describe(build, folder)
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

function describe({ name }: BuildFacts, folder: string): void {
  const removable = {
    title: 'From a stick or disk',
    text: 'On its FAT file system (here below /mnt), where firmware looks without being told:',
    commands: [`install -D ${name}.efi /mnt/EFI/BOOT/BOOTX64.EFI`],
  }
  const entry = {
    title: 'As an entry of the firmware',
    text: 'With the EFI system partition at /boot/efi, the first of /dev/sda:',
    commands: [
      `install -D ${name}.efi /boot/efi/EFI/${name}/${name}.efi`,
      `efibootmgr --create --disk /dev/sda --part 1 --label ${name} --loader '\\EFI\\${name}\\${name}.efi'`,
    ],
  }
  const introduction = `${name}.efi starts by UEFI without Secure Boot, also over HTTP; GRUB's linux command starts it, too.`
  writeReadme(folder, `${name} for UEFI`, introduction, [removable, entry])
}
