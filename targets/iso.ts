import { join } from 'node:path'
import { type Gpt, partitionTypes, sectorSize, tableSectors, writeGpt } from './formats/gpt.js'
import { guidFrom } from './formats/guid.js'
import { type IsoEntry, layoutIso } from './formats/iso-layout.js'
import { writeIso } from './formats/iso9660.js'
import { type SparseImage, sparseImage, writeSparseImage } from './formats/sparse-image.js'
import { pcDrivers } from './lib/drivers.js'
import { withUefi } from './lib/firmware.js'
import type { Options } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import type { BootFile, Build, BuildFacts, Target } from './lib/target.js'
import { efiPath, efiVolume } from './lib/volume.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

const options = {
  volumeLabel: {
    type: 'text',
    pattern: /^[A-Z0-9_]{1,32}$/,
    form: 'of 1 to 32 of A-Z, 0-9 and _',
    default: 'UNIK',
    summary: 'name of the disc',
  },
} as const satisfies Options

/** A disc image that BIOS and UEFI start, from a CD and, since it is a disk too, from a USB stick. */
const iso: Target<typeof options> = {
  name: 'iso',
  layer: 'OS image',
  summary: 'CD image that BIOS and UEFI start, also from a USB stick',
  artefact: 'hybrid CD image (El Torito, GPT)',
  platform: 'PCs and virtual machines',
  varies: ['firmware (BIOS, UEFI)', 'medium (CD, USB stick)', 'network card'],
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  options,
  write(build, folder, { volumeLabel }) {
    const boot = build.bootFile(pcDrivers)
    writeSparseImage(join(folder, `${build.name}.iso`), disc(build, boot, volumeLabel))
    writeDebugFiles(build, folder, boot.kernel)
    describe(build, folder)
  },
  recipe(build, folder) {
    const file = join(folder, `${build.name}.iso`)
    const base = {
      kind: 'qemu',
      machine: 'q35',
      disks: 'ahci',
      nic: 'e1000e,romfile=',
      rng: undefined,
    } as const
    const disc = { ...base, boot: { from: 'cd', file } } as const
    const stick = { ...base, boot: { from: 'disk', file, format: 'raw', controller: 'usb' } } as const
    return [
      { name: 'CD', recipe: disc },
      { name: 'CD-UEFI', recipe: withUefi(disc, build) },
      { name: 'USB', recipe: stick },
      { name: 'USB-UEFI', recipe: withUefi(stick, build) },
    ]
  },
}
export default iso

/** El Torito's load unit for an image without emulation; a BIOS reads CDs by 2,048 bytes. */
const discSector = 2048
const paths = { bios: 'BOOT/BIOS.BIN', efi: 'BOOT/EFI.IMG', notices: 'NOTICES.TXT' }

/** One copy of the image: in the volume for UEFI, which the BIOS code reads too, and which the disc's own folders name. */
function disc(build: Build, boot: BootFile, volumeName: string): SparseImage {
  const { bytes } = boot.file
  const volume = efiVolume(build, boot, { clusterSize: discSector })
  const entries: readonly IsoEntry[] = [
    { path: paths.bios, size: discSector },
    { path: paths.efi, size: volume.image.size },
    { path: efiPath, size: bytes.length, within: { path: paths.efi, offset: volume.locate(efiPath) } },
    {
      path: paths.notices,
      size: build.notices.length,
      within: { path: paths.efi, offset: volume.locate('NOTICES.TXT') },
    },
  ]
  const layout = layoutIso(entries)
  const sectors =
    Math.ceil((layout.size + tableSectors.end * sectorSize) / discSector) * (discSector / sectorSize)
  const bootCode = boot.file.bootSector(layout.locate(efiPath) / sectorSize)
  const content = (path: string) => (path === paths.bios ? bootImage(bootCode) : volume.image)
  const first = layout.locate(paths.efi) / sectorSize
  const last = first + volume.image.size / sectorSize - 1
  const gpt: Gpt = {
    diskId: guidFrom('disc', bytes),
    partitions: [
      { type: partitionTypes.efiSystem, id: guidFrom('efi', bytes), name: 'EFI system', first, last },
    ],
  }
  const around = writeGpt(gpt, sectors, bootCode)
  return writeIso(entries, content, { volumeName, boot: paths, around })
}

function bootImage(code: Uint8Array): SparseImage {
  return sparseImage(discSector, [
    { offset: 0, data: code },
    { offset: 510, data: Uint8Array.of(0x55, 0xaa) },
  ])
}

function describe({ name, memory }: BuildFacts, folder: string): void {
  writeReadme(
    folder,
    `${name} as a CD`,
    `${name}.iso starts by BIOS and by UEFI, from a CD or a USB stick.`,
    [
      {
        title: 'Onto a USB stick',
        text: 'All that is on it is lost; lsblk shows its name in place of sdX.',
        commands: [`dd if=${name}.iso of=/dev/sdX bs=1M conv=fsync`],
      },
      {
        title: 'Try it in QEMU',
        commands: [
          `qemu-system-x86_64 -machine q35 -cpu max -m ${memory.default} -nographic -cdrom ${name}.iso`,
        ],
      },
    ],
  )
}
