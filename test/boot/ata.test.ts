import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { bootableWith, type MachineResult, runMachine } from '../helpers/bootable.js'
import {
  driveWithBadSector,
  driveWithFailingFlush,
  guestHash,
  guestPattern,
  writeDiskImage,
} from '../helpers/disk-image.js'
import { scratchFolder } from '../helpers/scratch.js'

// SATA and parallel ATA disks on QEMU's models: the guest reads what the host put on them, writes all of them and reads that back; then
// the host reads the image files. Status 7 is what both programs end with when all went well. That an interrupt never arrives would be
// told on the console.
interface Cell {
  readonly name: string
  readonly machine: string
  readonly cpu: string
  /** MiB. */
  readonly memory?: number
  /** Drives in the guest's order: sda, sdb. */
  readonly drives: readonly string[]
  readonly devices: readonly string[]
  /** What `verbose` must tell besides. */
  readonly says?: RegExp
}

const microvm = 'microvm,x-option-roms=off,isa-serial=on,rtc=on,pcie=on'
const disk = (drive: string, bus: string, unit = 0) => [
  '-device',
  `ide-hd,bus=${bus},unit=${unit},drive=${drive}`,
]
const ahci = (id: string) => ['-device', `ich9-ahci,id=${id}`]
const cd = (bus: string) => ['-device', `ide-cd,bus=${bus},unit=0,drive=cd`]

const cells: readonly Cell[] = [
  { name: 'AHCI on q35: MSI', machine: 'q35', cpu: 'max', drives: ['a'], devices: disk('a', 'ide.0') },
  {
    name: 'AHCI on q35, two controllers, CPU without RDRAND, SMEP and SMAP',
    machine: 'q35',
    cpu: 'qemu64',
    drives: ['a', 'b'],
    devices: [...ahci('x'), ...disk('a', 'x.0'), ...ahci('y'), ...disk('b', 'y.5')],
  },
  {
    name: 'AHCI on q35 without an APIC: INTx',
    machine: 'q35',
    cpu: 'qemu64,-apic',
    drives: ['a', 'b'],
    devices: [...disk('a', 'ide.2'), ...disk('b', 'ide.4')],
  },
  {
    name: 'AHCI on pc, a CD drive between the disks',
    machine: 'pc',
    cpu: 'max',
    drives: ['a', 'b'],
    devices: [...ahci('x'), ...disk('a', 'x.0'), ...cd('x.1'), ...disk('b', 'x.3')],
    says: /^unik: AHCI port 1: ATAPI drive, not used$/m,
  },
  {
    name: 'AHCI on pc without an APIC: INTx',
    machine: 'pc',
    cpu: 'qemu64,-apic',
    drives: ['a'],
    devices: [...ahci('x'), ...disk('a', 'x.0')],
  },
  {
    name: 'AHCI on microvm, which no firmware set up',
    machine: microvm,
    cpu: 'max',
    drives: ['a'],
    devices: [...ahci('x'), ...disk('a', 'x.0')],
  },
  { name: 'IDE on pc', machine: 'pc', cpu: 'max', drives: ['a'], devices: disk('a', 'ide.0') },
  {
    name: 'IDE on pc, master and slave, CPU without RDRAND, SMEP and SMAP',
    machine: 'pc',
    cpu: 'qemu64',
    drives: ['a', 'b'],
    devices: [...disk('a', 'ide.1'), ...disk('b', 'ide.1', 1)],
  },
  {
    name: 'IDE on pc without an APIC, both channels, a CD drive as master',
    machine: 'pc',
    cpu: 'qemu64,-apic',
    drives: ['a', 'b'],
    devices: [...cd('ide.0'), ...disk('a', 'ide.0', 1), ...disk('b', 'ide.1')],
    says: /^unik: IDE channel 0, drive 0: ATAPI drive, not used$/m,
  },
  {
    name: 'IDE on q35',
    machine: 'q35',
    cpu: 'max',
    drives: ['a'],
    devices: ['-device', 'piix3-ide,id=x', ...disk('a', 'x.0')],
  },
  {
    name: 'IDE and AHCI on pc, nearly all memory above 4 GiB',
    machine: 'pc,max-ram-below-4g=12M',
    cpu: 'max',
    memory: 256,
    drives: ['a', 'b'],
    devices: [...disk('a', 'ide.0'), ...ahci('x'), ...disk('b', 'x.0')],
  },
]

const drivers = ['serial-16550', 'ahci', 'ide', 'acpi-power', 'keyboard-reset', 'debug-exit']

describe('ATA disks', function () {
  this.timeout(90_000)
  const scratch = scratchFolder()
  const file = (drive: string) => join(scratch(), drive)
  const plain = (drive: string) => ['-drive', `file=${file(drive)},format=raw,if=none,id=${drive}`]
  let whole: string
  let parallel: string
  before(async () => {
    const request = { folder: scratch(), drivers }
    whole = await bootableWith({ ...request, name: 'whole', init: join(packageRoot, 'test/boot/nvme.c') })
    parallel = await bootableWith({
      ...request,
      name: 'parallel',
      init: join(packageRoot, 'test/boot/ata.c'),
    })
    writeDiskImage(file('cd'), 1, 9)
  })

  for (const cell of cells)
    it(cell.name, async () => {
      const disks = cell.drives.map((drive, i) => {
        const before = writeDiskImage(file(drive), 32 - 16 * i, i + 1)
        const path = `/dev/sd${'ab'.charAt(i)}`
        return { drive, path, before, after: guestPattern(path, before.length) }
      })
      const drives = [...cell.drives.flatMap(plain), ...(cell.says ? plain('cd') : [])]
      const words = ['verbose', '--', ...disks.map(({ path }) => path)]
      const result = await boot(whole, cell, [...drives, ...cell.devices], words)
      const expected = disks.flatMap(({ path, before, after }) => [
        `${path} ${before.length} before ${guestHash(before)}`,
        `${path} after ${guestHash(after)}`,
      ])
      expect(guestLines(result.text), result.text + result.stderr).to.deep.equal(expected)
      expect(result.status).to.equal(7)
      expect(result.text).not.to.match(/polled|reset|given up/)
      if (cell.says) expect(result.text).to.match(cell.says)
      for (const { drive, after } of disks)
        expect(readFileSync(file(drive)).equals(after), drive).to.equal(true)
    })

  const both = [
    { name: 'AHCI', machine: 'q35', cpu: 'max', devices: [...disk('a', 'ide.0'), ...disk('b', 'ide.1')] },
    { name: 'IDE', machine: 'pc', cpu: 'max', devices: [...disk('a', 'ide.0'), ...disk('b', 'ide.0', 1)] },
  ]
  for (const cell of both) {
    it(`${cell.name}: a bad sector fails those that touch it, of many requests at once on two disks`, async () => {
      for (const drive of ['a', 'b']) writeDiskImage(file(drive), 8, 1)
      const drives = [...driveWithBadSector(file('a'), 'a', 800), ...plain('b')]
      const words = ['--', '/dev/sda@800', '/dev/sdb']
      const { text, status } = await boot(parallel, cell, [...drives, ...cell.devices], words)
      expect(text).to.match(/^\/dev\/sda: \d+ good, [1-9]\d* bad\n\/dev\/sdb: 480 good, 0 bad$/m)
      expect(text).not.to.match(/polled|reset|given up/)
      expect(status).to.equal(7)
    })

    it(`${cell.name}: a flush that fails is reported`, async () => {
      for (const drive of ['a', 'b']) writeDiskImage(file(drive), 8, 1)
      const drives = [...driveWithFailingFlush(file('a'), 'a'), ...plain('b')]
      const { text, status } = await boot(parallel, cell, [...drives, ...cell.devices], ['--', '/dev/sda'])
      expect(text).to.include('/dev/sda: fsync at 0: Input/output error')
      expect(status).to.equal(1)
    })
  }

  // Not with AHCI: QEMU's model blocks all of QEMU until the slow request has ended, when it is told to forget it.
  it('IDE: a disk that does not answer is reset, then given up', async () => {
    writeDiskImage(file('a'), 1, 1)
    const drive = ['-drive', `file=${file('a')},format=raw,if=none,id=a,throttling.bps-total=1`]
    const devices = [...drive, ...disk('a', 'ide.0')]
    const { text, status } = await boot(whole, { machine: 'pc', cpu: 'max' }, devices, ['root=/dev/sda1'])
    expect(text).to.match(
      /has not ended in 4 s: the device is reset\n(.*\n)*unik: sda: given up: a reset did not help/,
    )
    expect(text).not.to.match(/could not be reset|not ready/)
    expect(status).to.equal(127)
  })

  it('has several requests in flight by native command queueing', async () => {
    for (const drive of ['a', 'b']) writeDiskImage(file(drive), 8, 1)
    const devices = [...plain('a'), ...disk('a', 'ide.0'), '-d', 'trace:process_ncq_command']
    const result = await boot(parallel, { machine: 'q35', cpu: 'max' }, devices, ['--', '/dev/sda'])
    expect(result.status).to.equal(7)
    expect(result.stderr).to.match(/tag:2\]/)
  })

  for (const machine of ['pc', 'q35'])
    it(`says nothing of a controller without disks on ${machine}`, async () => {
      const { text, status } = await boot(whole, { machine, cpu: 'max' }, [], [])
      expect(text).not.to.match(/AHCI|IDE|sda/)
      expect(status).to.equal(7)
    })
})

function boot(
  kernel: string,
  cell: Pick<Cell, 'machine' | 'cpu' | 'memory'>,
  devices: readonly string[],
  words: readonly string[],
): Promise<MachineResult> {
  const machine = ['-M', cell.machine, '-cpu', cell.cpu, '-m', String(cell.memory ?? 64)]
  return runMachine([...machine, '-kernel', kernel, ...devices, '-append', words.join(' ')], 60_000)
}

/** Without the kernel's. */
function guestLines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('unik: '))
}
