import { kernelRuntime, loaderRuntime } from '../../cli/runtime.js'
import { type BzImage, makeBzImage } from '../../linker/bzimage.js'
import type { Image } from '../../linker/image.js'
import { linkBootable } from '../../linker/link-bootable.js'
import { type BootableRequest, rootfsWith } from './bootable.js'

/** Drivers of machines that have nothing but a console and a way to go off. */
export const bareDrivers = ['serial-16550', 'acpi-power', 'keyboard-reset']

/** Links a kernel around a small root file system for loaders that know no ELF, and the ELF that it was made from. */
export async function bzImageWith(
  request: BootableRequest,
): Promise<{ readonly kernel: Image; readonly file: BzImage }> {
  const kernel = linkBootable({
    ...(request.runtime ?? kernelRuntime()),
    drivers: request.drivers,
    entries: request.entries ?? ['linux_start64'],
    rootfs: [request.rootfs ?? (await rootfsWith(request))],
    commandLine: request.commandLine ?? '',
  })
  return { kernel, file: makeBzImage(kernel, loaderRuntime()) }
}

/** Where `diskWith` puts the file: behind what a partition table may need. */
export const kernelLba = 2048

/** A disk that holds nothing but the boot code, which looks for the file at `lba`, and the file. */
export function diskWith(file: BzImage, lba = kernelLba): Buffer {
  const disk = Buffer.alloc(kernelLba * 512 + file.bytes.length)
  disk.set(file.bootSector(lba))
  disk.writeUInt16LE(0xaa55, 510)
  disk.set(file.bytes, kernelLba * 512)
  return disk
}
