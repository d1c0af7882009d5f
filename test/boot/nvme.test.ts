import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { bootableWith, type MachineResult, runMachine } from '../helpers/bootable.js'
import { scratchFolder } from '../helpers/scratch.js'

// NVMe disks on QEMU's model: the guest reads what the host put on them, writes all of them and reads that back; then the host reads
// the image file. Status 7 is what test/boot/nvme.c ends with when all went well.
const PATTERN_STEP = 2654435761

interface Cell {
  readonly name: string
  readonly machine: string
  readonly cpu: string
  /** Image files by the path that the guest gives them. */
  readonly disks: Readonly<Record<string, string>>
  readonly devices: readonly string[]
}

// These machines have no network card, and some no good source of random numbers: the kernel says so.
const missing = /^unik: no (network card|strong source of randomness).*\n/gm

const one = { '/dev/nvme0n1': 'a' }
const plain = ['-device', 'nvme,serial=1,drive=a']
const microvm = 'microvm,x-option-roms=off,isa-serial=on,rtc=on,pcie=on'

const cells: readonly Cell[] = [
  { name: 'q35', machine: 'q35', cpu: 'max', disks: one, devices: plain },
  { name: 'pc, CPU without RDRAND, SMEP and SMAP', machine: 'pc', cpu: 'qemu64', disks: one, devices: plain },
  { name: 'pc without an APIC: INTx', machine: 'pc', cpu: 'qemu64,-apic', disks: one, devices: plain },
  { name: 'microvm with PCI Express', machine: microvm, cpu: 'max', disks: one, devices: plain },
  {
    name: 'requests of at most 8 KiB',
    machine: 'q35',
    cpu: 'qemu64',
    disks: one,
    devices: ['-device', 'nvme,serial=1,drive=a,mdts=1'],
  },
  {
    name: 'sectors of 4,096 bytes',
    machine: 'q35',
    cpu: 'max',
    disks: one,
    devices: [
      '-device',
      'nvme,serial=1,id=c',
      '-device',
      'nvme-ns,bus=c,drive=a,logical_block_size=4096,physical_block_size=4096',
    ],
  },
  {
    name: 'two controllers',
    machine: 'pc',
    cpu: 'max',
    disks: { '/dev/nvme0n1': 'a', '/dev/nvme1n1': 'b' },
    devices: [...plain, '-device', 'nvme,serial=2,drive=b'],
  },
  {
    name: 'two namespaces',
    machine: microvm,
    cpu: 'qemu64',
    disks: { '/dev/nvme0n1': 'a', '/dev/nvme0n2': 'b' },
    devices: [
      '-device',
      'nvme,serial=1,id=c',
      ...['-device', 'nvme-ns,bus=c,drive=a,nsid=1', '-device', 'nvme-ns,bus=c,drive=b,nsid=5'],
    ],
  },
]

describe('NVMe disks', function () {
  this.timeout(90_000)
  const scratch = scratchFolder()
  let kernel: string
  before(async () => {
    kernel = await bootableWith({
      folder: scratch(),
      drivers: ['serial-16550', 'nvme', 'acpi-power', 'keyboard-reset', 'debug-exit'],
      init: join(packageRoot, 'test/boot/nvme.c'),
    })
  })

  for (const cell of cells)
    it(cell.name, async () => {
      const files = new Map(
        Object.entries(cell.disks).map(([path, drive], i) => [path, newDisk(drive, 32 - 8 * i, i + 1)]),
      )
      const before = new Map([...files].map(([path, file]) => [path, readFileSync(file)]))
      const drives = Object.values(cell.disks).flatMap((drive) => ['-drive', driveOption(drive)])
      const result = await boot(cell, [...drives, ...cell.devices], [...files.keys()])
      const expected = [...files.keys()].flatMap((path) => [
        `${path} ${before.get(path)?.length} before ${hashOf(before.get(path))}`,
        `${path} after ${hashOf(patternOf(path, before.get(path)?.length ?? 0))}`,
      ])
      expect(result, result.stderr).to.deep.include({ text: `${expected.join('\n')}\n`, status: 7 })
      for (const [path, file] of files)
        expect(readFileSync(file).equals(patternOf(path, before.get(path)?.length ?? 0)), path).to.equal(true)
    })

  it('reports bad sectors and stays usable', async () => {
    const file = newDisk('a', 8, 1)
    const errors = [
      { event: 'read_aio', sector: 800 },
      { event: 'write_aio', sector: 800 },
    ].flatMap((rule, i) =>
      Object.entries({ ...rule, errno: 5 }).map(([key, value]) => `file.inject-error.${i}.${key}=${value}`),
    )
    const image = `driver=raw,node-name=a,file.driver=blkdebug,file.image.driver=file,file.image.filename=${file}`
    const drive = ['-blockdev', [image, ...errors].join(',')]
    for (const machine of ['pc', 'q35']) {
      const result = await boot({ machine, cpu: 'max' }, [...drive, ...plain], ['/dev/nvme0n1@800'])
      expect(result, result.stderr).to.deep.include({
        text: '/dev/nvme0n1 is usable but for sector 800\n',
        status: 7,
      })
    }
  })

  // A rate limit makes the disk sit for 37 seconds on what comes after 256 KiB; the kernel waits for 30.
  it('resets a controller that does not answer', async () => {
    newDisk('a', 8, 1)
    const drive = ['-drive', `${driveOption('a')},cache=unsafe,throttling.bps-total=7000`]
    const { text, status } = await boot(
      { machine: 'q35', cpu: 'max' },
      [...drive, ...plain],
      ['/dev/nvme0n1!'],
    )
    expect(text).to.equal(
      [
        'unik: nvme0n1: a read at sector 2048 has not ended in 30 s: the device is reset',
        '/dev/nvme0n1 gave it at last\n',
      ].join('\n'),
    )
    expect(status).to.equal(7)
  })

  it('does not use a namespace with metadata, and says so', async () => {
    newDisk('a', 8, 1)
    newDisk('b', 8, 2)
    const devices = [
      ...['-drive', driveOption('a'), '-drive', driveOption('b'), '-device', 'nvme,serial=1,id=c'],
      ...['-device', 'nvme-ns,bus=c,drive=b,ms=8', '-device', 'nvme-ns,bus=c,drive=a'],
    ]
    const { text, status } = await boot({ machine: 'q35', cpu: 'max' }, devices, ['/dev/nvme0n1'])
    expect(text).to.match(/^unik: nvme0: namespace 1 not used: 8 bytes of metadata/)
    expect(text).to.include(`/dev/nvme0n1 after ${hashOf(patternOf('/dev/nvme0n1', 8 << 20))}`)
    expect(status).to.equal(7)
  })

  it('tells the controller before the machine goes off, and needs few accesses to start', async () => {
    newDisk('a', 8, 1)
    const events = ['pci_nvme_mmio_shutdown_set', 'pci_nvme_mmio_read', 'pci_nvme_mmio_write']
    const trace = ['-d', events.map((event) => `trace:${event}`).join(',')]
    const devices = ['-drive', driveOption('a'), ...plain, ...trace]
    const { stderr, status } = await boot({ machine: microvm, cpu: 'max' }, devices, []) // no firmware uses it before us
    expect(status).to.equal(7)
    expect(stderr).to.match(/shutdown bit set/)
    expect(stderr.split('\n').filter((line) => line.includes('pci_nvme_mmio_')).length).to.be.within(10, 60)
  })

  async function boot(
    cell: Pick<Cell, 'machine' | 'cpu'>,
    devices: readonly string[],
    words: readonly string[],
  ): Promise<MachineResult> {
    const machine = ['-M', cell.machine, '-cpu', cell.cpu, '-m', '64', '-kernel', kernel]
    const result = await runMachine([...machine, ...devices, '-append', `-- ${words.join(' ')}`], 60_000)
    return { ...result, text: result.text.replaceAll(missing, '') }
  }

  function newDisk(drive: string, mib: number, seed: number): string {
    const file = join(scratch(), drive)
    const words = new Uint32Array((mib << 20) / 4).map((_, i) => Math.imul(i ^ seed, PATTERN_STEP))
    writeFileSync(file, new Uint8Array(words.buffer))
    return file
  }

  function driveOption(drive: string): string {
    return `file=${join(scratch(), drive)},format=raw,if=none,id=${drive}`
  }
})

function patternOf(path: string, bytes: number): Buffer {
  const sum = [...Buffer.from(path)].reduce((a, b) => a + b, 0)
  return Buffer.from(new Uint32Array(bytes / 4).map((_, i) => Math.imul(i, PATTERN_STEP) + sum).buffer)
}

function hashOf(data: Uint8Array = new Uint8Array()): string {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length / 4)
  const hash = words.reduce((h, word) => Math.imul((h << 5) ^ (h >>> 27) ^ word, PATTERN_STEP), 1)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
