import { createHash } from 'node:crypto'
import { type FatOptions, type FatVolume, writeFat } from '../formats/fat.js'
import type { BootFile, Build } from './target.js'

/** Where UEFI firmware looks on a medium that nobody has told it of (UEFI 2.10, 3.5.1.1). */
export const efiPath = 'EFI/BOOT/BOOTX64.EFI'

/** The FAT volume from which UEFI firmware starts the image; BIOS boot code loads the same file, which lies in one stretch. */
export function efiVolume(
  build: Build,
  { file }: BootFile,
  options: Pick<FatOptions, 'fixed' | 'clusterSize' | 'hiddenSectors'>,
): FatVolume {
  const serial = createHash('sha256').update(file.bytes).digest().readUInt32LE()
  const files = [
    { path: efiPath, data: file.bytes },
    { path: 'NOTICES.TXT', data: build.notices },
  ]
  return writeFat(files, { label: 'UNIK', serial, ...options })
}
