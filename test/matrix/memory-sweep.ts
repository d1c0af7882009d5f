import { boot } from '../../boot/boot.js'
import { freePort } from '../../boot/ports.js'
import { firstResponse } from '../../boot/probe.js'
import { askMany } from '../helpers/machine.js'
import type { Cell } from './cells.js'
import type { Media } from './media.js'
import { machineOf } from './run-cell.js'

/** What a machine of a certain memory did. hole: neither of the other two. */
export interface SizeResult {
  readonly mebibytes: number
  readonly outcome: 'serves' | 'says' | 'hole'
  /** The words in which it says what it lacks; of a hole, what was seen. */
  readonly text: string
}

const says = /^unik: .*(too little memory|out of memory).*$/m
const requests = 40
const connections = 8

/**
 * Boots the cell's machine with so much memory: it shall answer 40 requests and power off with status 0, or end by itself and say what
 * it lacks.
 */
export async function bootWithMemory(cell: Cell, media: Media, mebibytes: number): Promise<SizeResult> {
  const host = await freePort()
  const { recipe, disks } = machineOf(cell, media)
  const guest = await boot(recipe, {
    memory: Math.ceil(mebibytes),
    ports: [{ host, guest: 8080 }],
    disks,
    accel: 'tcg',
    cpu: cell.cpu,
    args: [],
    env: {},
    kernelWords: [],
    timeout: 60,
    // QEMU takes its last -m, and no fractions without a unit.
    emulatorArgs: ['-snapshot', '-m', `${Math.round(mebibytes * 1024)}K`],
  })
  const over = new AbortController()
  guest.ended.then(() => over.abort())
  const origin = `http://127.0.0.1:${host}`
  let trouble: string | undefined
  try {
    const limit = AbortSignal.any([over.signal, AbortSignal.timeout(60_000)])
    const first = await firstResponse(`${origin}/?n=0`, guest.startedAt, limit)
    if (first === undefined) throw new Error('no answer')
    await askMany(origin, requests, connections)
    await guest.shutdown()
  } catch (error) {
    trouble = (error as Error).message
  }
  const watchdog = setTimeout(() => guest.kill(), 10_000)
  const report = await guest.ended
  clearTimeout(watchdog)
  const text = report.lines.map((line) => line.text).join('\n')
  if (trouble === undefined && report.verdict === 'exited' && report.status === 0)
    return { mebibytes, outcome: 'serves', text: '' }
  const words = says.exec(text)?.[0]
  if (report.verdict === 'exited' && report.status !== 0 && words !== undefined)
    return { mebibytes, outcome: 'says', text: words }
  const seen = `${trouble ?? 'answered'}; ${report.verdict}, status ${report.status}\n${text.slice(-600)}`
  return { mebibytes, outcome: 'hole', text: `${seen}\n${report.commandLine.join(' ')}` }
}

/** A way to boot, and what memory it is tried with: `from` the size that holds the firmware and the place where our code lies. */
export interface SweepPath {
  readonly name: string
  readonly cell: Cell
  readonly from: number
  /** From here on it shall serve. */
  readonly serves: number
}

const path = (name: string, changes: Partial<Cell>, from: number, serves: number): SweepPath => ({
  name,
  cell: {
    path: 'pvh',
    firmware: 'bios',
    machine: 'microvm',
    controller: 'none',
    nic: 'virtio-net',
    cpu: 'max',
    ...changes,
  },
  from,
  serves,
})

export const sweepPaths: readonly SweepPath[] = [
  path('pvh-microvm', {}, 3, 8),
  path('pvh-pc', { machine: 'pc', nic: 'e1000' }, 3, 8),
  path('pvh-q35', { machine: 'q35', nic: 'vmxnet3', cpu: 'qemu64' }, 3, 8),
  path('bzimage', { path: 'bzimage', machine: 'pc' }, 3, 8),
  path('disk-bios', { path: 'disk', machine: 'pc', controller: 'ide', nic: 'e1000' }, 2, 8),
  path('cd-bios', { path: 'cd', machine: 'q35', nic: 'e1000e' }, 2, 8),
  path('disk-root', { controller: 'virtio-blk' }, 3, 8),
  path('pxe-bios', { path: 'pxe', machine: 'q35' }, 64, 64),
  path('disk-ovmf', { path: 'disk', firmware: 'ovmf', machine: 'q35', controller: 'nvme' }, 128, 128),
]

/** Each MiB up to 64, then ever further apart up to 4 GiB and past the hole below it; and sizes that are no whole MiB. */
export function allSizes(from: number): number[] {
  const sizes = Array.from({ length: 64 }, (_, i) => i + 1)
  for (let size = 72; size <= 4096; size = Math.round(size * 1.19)) sizes.push(size)
  const odd = [
    3.1, 4.5, 5.0625, 7.9921875, 8.0078125, 33.7, 127.9921875, 1023.5, 3071.9921875, 3583.9, 4096, 4608,
  ]
  return [...sizes, ...odd].filter((size) => size >= from).sort((a, b) => a - b)
}
