/** What each kind of machine may have, so what images for it link: names of files in runtime-x86_64/kernel/drivers. */

const consoles = ['framebuffer', 'serial-16550', 'vga-text']
const powerAndReset = ['acpi-power', 'debug-exit', 'keyboard', 'keyboard-reset']
const virtio = ['virtio-pci-legacy', 'virtio-rng']
const disks = ['ahci', 'ide', 'nvme', 'pvscsi', 'virtio-blk', 'virtio-scsi']
const networkCards = ['e1000', 'e1000e', 'virtio-net', 'vmxnet3']

/** A cloud's machine, which nobody looks at: its console is a serial port. */
const serverBoard = ['acpi-power', 'keyboard-reset', 'serial-16550']
/** Platforms whose own network card has no driver yet (ENA, netvsc, MANA) get this one, so that their images can be tried at all. */
const standInCard = 'virtio-net'

/** Any PC, real or virtual, that firmware starts: nobody knows beforehand which disk and network card it has. */
export const pcDrivers: readonly string[] = [
  ...consoles,
  ...powerAndReset,
  ...virtio,
  ...disks,
  ...networkCards,
]

/** Machines of KVM with the hardware that libvirt, OpenStack, Proxmox and KubeVirt give them. */
export const kvmDrivers: readonly string[] = [
  ...consoles,
  ...powerAndReset,
  ...virtio,
  ...['virtio-blk', 'virtio-scsi', 'virtio-net'],
]

export const gceDrivers: readonly string[] = [
  ...serverBoard,
  ...virtio,
  ...['nvme', 'virtio-scsi', 'virtio-net'],
]

export const nitroDrivers: readonly string[] = [...serverBoard, 'nvme', standInCard]

export const vmwareDrivers: readonly string[] = [
  ...consoles,
  ...powerAndReset,
  ...['ahci', 'ide', 'nvme', 'pvscsi'],
  ...['e1000', 'e1000e', 'vmxnet3'],
]

export const virtualboxDrivers: readonly string[] = [
  ...consoles,
  ...powerAndReset,
  ...['ahci', 'ide', 'nvme'],
  'e1000',
]

export const hypervDrivers: readonly string[] = [...consoles, ...powerAndReset, 'ide', standInCard]

export const azureDrivers: readonly string[] = [...serverBoard, 'ide', 'nvme', standInCard]

/** virtio-mmio, a serial port, and a keyboard controller whose only key is Ctrl+Alt+Del. */
export const firecrackerDrivers: readonly string[] = [
  ...['keyboard', 'keyboard-reset', 'serial-16550'],
  ...['virtio-blk', 'virtio-net', 'virtio-rng'],
]

export const cloudHypervisorDrivers: readonly string[] = [
  ...['acpi-power', 'keyboard-reset', 'serial-16550'],
  ...['virtio-blk', 'virtio-net', 'virtio-rng'],
]
