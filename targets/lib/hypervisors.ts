import type { Archive, DiskController, DiskFormat, QemuRecipe } from './recipe.js'

/** What a machine starts from: a file, or what is in an archive. */
export interface Disk {
  readonly file: string
  readonly format: DiskFormat
  readonly within?: Archive
}

/** The machine that libvirt makes for Linux's KVM, and so OpenStack, Proxmox and KubeVirt: virtio, a display, a serial port. */
export function kvmMachine(controller: DiskController, disk: Disk): QemuRecipe {
  return {
    kind: 'qemu',
    machine: 'q35',
    boot: { from: 'disk', controller, ...disk },
    disks: controller,
    nic: 'virtio-net-pci,romfile=',
    rng: 'virtio-rng-pci',
    vga: 'VGA',
  }
}

/** VirtualBox's: a board with a PIIX3, a SATA controller by Intel beside it, an Intel 82540EM. */
export function virtualboxMachine(disk: Disk): QemuRecipe {
  return {
    kind: 'qemu',
    machine: 'pc',
    boot: { from: 'disk', controller: 'ahci', ...disk },
    disks: 'ahci',
    nic: 'e1000,romfile=',
    rng: undefined,
    vga: 'VGA',
  }
}

/** VMware's: a board with a 440BX, a display adapter and a network card of its own; the controller is the appliance's choice. */
export function vmwareMachine(controller: 'pvscsi' | 'ahci', disk: Disk): QemuRecipe {
  return {
    kind: 'qemu',
    machine: 'pc',
    boot: { from: 'disk', controller, ...disk },
    disks: controller,
    nic: 'vmxnet3,romfile=',
    rng: undefined,
    vga: 'vmware-svga',
  }
}
