import type { DiskController, DiskFormat, QemuRecipe } from './recipe.js'

/** The machine that libvirt makes for Linux's KVM, and so OpenStack, Proxmox and KubeVirt: virtio, a display, a serial port. */
export function kvmMachine(
  controller: DiskController,
  disk: { readonly file: string; readonly format: DiskFormat; readonly member?: string },
): QemuRecipe {
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
