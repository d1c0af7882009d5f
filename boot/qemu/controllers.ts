import { UserError } from '../../base/user-error.js'
import type { DiskController } from '../../targets/lib/recipe.js'

/** A -drive's id and whether the firmware shall start from it. */
export interface Attached {
  readonly id: string
  readonly boot?: boolean
}

/** The -device arguments that put disks, in this order, on one controller of the machine. */
export function attachDisks(
  controller: DiskController,
  machine: string,
  disks: readonly Attached[],
): readonly string[] {
  if (disks.length > (most[controller] ?? disks.length))
    throw new UserError(
      `${disks.length} disks are too many: this machine's ${controller} takes ${most[controller]}`,
    )
  return disks.length === 0 ? [] : attach[controller](disks, machine).flatMap((device) => ['-device', device])
}

/** A disc in the drive that the machine has built in. */
export function attachCd(machine: string, disc: Attached): readonly string[] {
  return ['-device', `ide-cd,bus=ide.${hasAhci(machine) ? 2 : 1},${driveOf(disc)}`]
}

/** The built-in channels of -M pc, but for the second one's master: the CD drive. */
const ideChannels = ['bus=ide.0,unit=0', 'bus=ide.0,unit=1', 'bus=ide.1,unit=1']

/** Where the controller has so many places. */
const most: Partial<Record<DiskController, number>> = { ahci: 6, ide: ideChannels.length }

const attach: Readonly<
  Record<DiskController, (disks: readonly Attached[], machine: string) => readonly string[]>
> = {
  'virtio-blk': (disks, machine) => disks.map((disk) => `virtio-blk-${virtioBus(machine)},${driveOf(disk)}`),
  'virtio-scsi': (disks, machine) => [`virtio-scsi-${virtioBus(machine)},id=disks`, ...scsiDisks(disks)],
  'virtio-scsi-legacy': (disks) => ['virtio-scsi-pci,disable-modern=on,id=disks', ...scsiDisks(disks)],
  nvme: (disks) => disks.map((disk) => `nvme,serial=${disk.id},${driveOf(disk)}`),
  ahci: (disks) => [
    'ich9-ahci,id=disks',
    ...disks.map((disk, port) => `ide-hd,bus=disks.${port},${driveOf(disk)}`),
  ],
  ide: (disks) => disks.map((disk, at) => `ide-hd,${ideChannels[at]},${driveOf(disk)}`),
  pvscsi: (disks) => ['pvscsi,id=disks', ...scsiDisks(disks)],
  usb: (disks) => ['qemu-xhci,id=disks', ...disks.map((disk) => `usb-storage,bus=disks.0,${driveOf(disk)}`)],
}

function scsiDisks(disks: readonly Attached[]): string[] {
  return disks.map((disk, target) => `scsi-hd,bus=disks.0,scsi-id=${target},${driveOf(disk)}`)
}

function driveOf({ id, boot }: Attached): string {
  return `drive=${id}${boot === true ? ',bootindex=1' : ''}`
}

/** microvm has virtio-mmio. */
function virtioBus(machine: string): string {
  return machine.startsWith('microvm') ? 'device' : 'pci'
}

function hasAhci(machine: string): boolean {
  return machine.startsWith('q35')
}
