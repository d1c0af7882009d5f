/** One machine, and one way by which the kernel gets into it. */
export interface Cell {
  /** pvh, bzimage: handed over by QEMU; disk, cd: read by the firmware; pxe: fetched by it. */
  readonly path: (typeof dimensions.path)[number]
  readonly firmware: (typeof dimensions.firmware)[number]
  readonly machine: (typeof dimensions.machine)[number]
  /** Of the disk that holds the root file system; none: that is inside the kernel's file. */
  readonly controller: (typeof dimensions.controller)[number]
  readonly nic: (typeof dimensions.nic)[number]
  readonly cpu: (typeof dimensions.cpu)[number]
}

export const dimensions = {
  path: ['pvh', 'bzimage', 'disk', 'cd', 'pxe'],
  firmware: ['bios', 'ovmf'],
  machine: ['microvm', 'microvm,acpi=off', 'pc', 'q35'],
  controller: ['none', 'virtio-blk', 'virtio-scsi', 'nvme', 'ahci', 'ide', 'pvscsi', 'usb'],
  nic: ['virtio-net', 'virtio-net-legacy', 'e1000', 'e1000-82545em', 'e1000e', 'vmxnet3'],
  cpu: ['max', 'qemu64', 'max,-smap'],
} as const

/** Why a cell cannot exist, or undefined. The first rule that applies gives the reason. */
export function impossible(cell: Cell): string | undefined {
  return RULES.find(([applies]) => applies(cell))?.[1]
}

type Rule = readonly [(cell: Cell) => boolean, string]

const isMicrovm = (cell: Cell) => cell.machine.startsWith('microvm')
const fromFirmware = (cell: Cell) => cell.path === 'disk' || cell.path === 'cd' || cell.path === 'pxe'

const RULES: readonly Rule[] = [
  [(c) => isMicrovm(c) && c.firmware === 'ovmf', "Debian's OVMF is built for pc and q35, not for microvm"],
  [(c) => isMicrovm(c) && fromFirmware(c), "microvm's firmware starts nothing but -kernel"],
  [
    (c) => isMicrovm(c) && !['none', 'virtio-blk', 'virtio-scsi'].includes(c.controller),
    'microvm has virtio-mmio devices only',
  ],
  [
    (c) => isMicrovm(c) && c.nic !== 'virtio-net' && c.nic !== 'virtio-net-legacy',
    'microvm has virtio-mmio devices only',
  ],
  [(c) => c.path === 'pvh' && c.firmware === 'ovmf', 'OVMF does not know the PVH protocol'],
  [(c) => c.path === 'disk' && c.controller === 'none', 'there is no disk to boot from'],
  [
    (c) => c.controller === 'usb' && c.path !== 'disk',
    'the kernel has no USB driver: only firmware reads such a disk',
  ],
  [
    (c) => c.path === 'disk' && c.firmware === 'ovmf' && c.controller === 'pvscsi',
    "Debian's OVMF has no pvscsi driver",
  ],
  [(c) => c.controller === 'ide' && c.machine === 'q35', 'q35 has no IDE controller'],
  [(c) => c.path === 'pxe' && c.nic === 'e1000-82545em', 'QEMU has no network boot ROM for the 82545EM'],
]

/** Every cell that can exist, but for the CPU model, which goes round: it does not meet the other choices. */
export function sensibleCells(): Cell[] {
  return allCells().filter((cell) => impossible(cell) === undefined)
}

/** What is left out, by reason. */
export function impossibleCells(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const cell of allCells()) {
    const why = impossible(cell)
    if (why !== undefined) counts.set(why, (counts.get(why) ?? 0) + 1)
  }
  return counts
}

function allCells(): Cell[] {
  const { path, firmware, machine, controller, nic, cpu } = dimensions
  let turn = 0
  return path.flatMap((p) =>
    firmware.flatMap((f) =>
      machine.flatMap((m) =>
        controller.flatMap((c) =>
          nic.map((n): Cell => {
            const model = cpu[(turn + Math.floor(turn / nic.length)) % cpu.length] ?? 'max'
            turn++
            return { path: p, firmware: f, machine: m, controller: c, nic: n, cpu: model }
          }),
        ),
      ),
    ),
  )
}

export function nameOf(cell: Cell): string {
  return `${cell.path} ${cell.firmware} ${cell.machine} ${cell.controller} ${cell.nic} ${cell.cpu}`
}
