/** What each kind of machine may have, so what images for it link: names of files in runtime-x86_64/kernel/drivers. */

const consoles = ['framebuffer', 'serial-16550', 'vga-text']
const powerAndReset = ['acpi-power', 'debug-exit', 'keyboard', 'keyboard-reset']
const virtio = ['virtio-pci-legacy', 'virtio-rng']
const disks = ['ahci', 'ide', 'nvme', 'pvscsi', 'virtio-blk', 'virtio-scsi']
const networkCards = ['e1000', 'e1000e', 'virtio-net', 'vmxnet3']

/** Any PC, real or virtual, that firmware starts: nobody knows beforehand which disk and network card it has. */
export const pcDrivers: readonly string[] = [
  ...consoles,
  ...powerAndReset,
  ...virtio,
  ...disks,
  ...networkCards,
]
