import { boot } from '../../boot/boot.js'
import { freePort } from '../../boot/ports.js'
import { firstResponse } from '../../boot/probe.js'
import type { BootMedium, DiskController, QemuRecipe } from '../../targets/lib/recipe.js'
import { askMany } from '../helpers/machine.js'
import type { Cell } from './cells.js'
import type { Media, MediaSet } from './media.js'

export interface CellResult {
  /** undefined: it passed. */
  readonly failure: string | undefined
  /** From the start of the emulator. */
  readonly firstResponseMs: number | undefined
}

const requests = 200
const connections = 10

/** Boots the cell's machine, asks for 200 answers, has it powered off. The last lines of the console explain a failure. */
export async function runCell(cell: Cell, media: Media): Promise<CellResult> {
  const host = await freePort()
  const { recipe, disks } = machineOf(cell, media)
  const guest = await boot(recipe, {
    memory: cell.firmware === 'ovmf' ? 192 : 64,
    ports: [{ host, guest: 8080 }],
    disks,
    accel: 'tcg',
    cpu: cell.cpu,
    args: [],
    env: {},
    kernelWords: [],
    timeout: 60,
    emulatorArgs: ['-snapshot', ...legacyMmio(cell)],
  })
  const over = new AbortController()
  guest.ended.then(() => over.abort())
  const origin = `http://127.0.0.1:${host}`
  let firstResponseMs: number | undefined
  let failure: string | undefined
  try {
    const limit = AbortSignal.any([over.signal, AbortSignal.timeout(60_000)])
    firstResponseMs = await firstResponse(`${origin}/?n=0`, guest.startedAt, limit)
    if (firstResponseMs === undefined) throw new Error('no answer')
    await askMany(origin, requests, connections)
    if (cell.machine.endsWith('acpi=off')) guest.interrupt()
    else await guest.shutdown()
  } catch (error) {
    failure = (error as Error).message
    guest.kill()
  }
  const watchdog = setTimeout(() => guest.kill(), 10_000)
  const report = await guest.ended
  clearTimeout(watchdog)
  failure ??=
    report.verdict === 'exited' && report.status === 0
      ? undefined
      : `${report.verdict}, status ${report.status}`
  const last = report.lines.slice(-6).map((line) => line.text)
  return {
    failure: failure && [failure, ...last, report.commandLine.join(' ')].join('\n    '),
    firstResponseMs,
  }
}

/** The machine of a cell, and the disks beside what it starts from. */
export function machineOf(
  cell: Cell,
  media: Media,
): { recipe: QemuRecipe; disks: { file: string; format: 'raw' }[] } {
  const isMicrovm = cell.machine.startsWith('microvm')
  const set = cell.controller === 'none' || cell.controller === 'usb' ? media.inside : media.onDisk
  const beside = cell.path !== 'disk' && cell.controller !== 'none'
  return {
    recipe: {
      kind: 'qemu',
      machine: isMicrovm ? `${cell.machine},x-option-roms=off,rtc=on,isa-serial=on` : cell.machine,
      firmware: cell.firmware === 'ovmf' ? 'ovmf' : 'seabios',
      boot: mediumOf(cell, set),
      ...(cell.controller === 'none' ? {} : { disks: cell.controller as DiskController }),
      nic: nicOf(cell, isMicrovm),
      rng: undefined,
    },
    disks: beside ? [{ file: set.disk, format: 'raw' }] : [],
  }
}

function mediumOf(cell: Cell, set: MediaSet): BootMedium {
  switch (cell.path) {
    case 'pvh':
      return { from: 'kernel', file: set.elf }
    case 'bzimage':
      return { from: 'kernel', file: set.bzImage }
    case 'disk':
      return { from: 'disk', file: set.disk, format: 'raw', controller: cell.controller as DiskController }
    case 'cd':
      return { from: 'cd', file: set.disc }
    case 'pxe':
      return {
        from: 'network',
        folder: set.network,
        file: cell.firmware === 'ovmf' ? 'http.efi' : 'boot.ipxe',
        by: 'tftp',
      }
  }
}

function nicOf(cell: Cell, isMicrovm: boolean): string {
  if (isMicrovm) return 'virtio-net-device'
  // iPXE's ROM; UEFI firmware drives virtio by itself, the other cards by that ROM's UEFI half.
  const rom =
    cell.path === 'pxe' && (cell.firmware === 'bios' || !cell.nic.startsWith('virtio')) ? '' : ',romfile='
  if (cell.nic === 'virtio-net') return `virtio-net-pci,disable-legacy=on${rom}`
  if (cell.nic === 'virtio-net-legacy') return `virtio-net-pci,disable-modern=on${rom}`
  return `${cell.nic}${rom}`
}

/** QEMU's virtio-mmio speaks as before version 1 unless told otherwise. */
function legacyMmio(cell: Cell): string[] {
  const modern = cell.machine.startsWith('microvm') && cell.nic === 'virtio-net'
  return modern ? ['-global', 'virtio-mmio.force-legacy=false'] : []
}
