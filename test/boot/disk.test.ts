import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { bootableWith, type MachineResult, runMachine } from '../helpers/bootable.js'
import { scratchFolder } from '../helpers/scratch.js'

// Disks as files, over QEMU's virtio-blk on each of its buses. What the guest checks stands in disk.c; at the end the host finds in the
// image what the guest wrote.
const MiB = 1 << 20

interface Cell {
  readonly name: string
  readonly machine: string
  readonly cpu?: string
  /** Sizes in MiB. */
  readonly disks: readonly number[]
  /** What follows `-device virtio-blk-…,drive=…`. */
  readonly device?: string
  readonly sectorSize?: number
  readonly more?: readonly string[]
}

const microvm = 'microvm,x-option-roms=off,isa-serial=on,rtc=on'
const cells: readonly Cell[] = [
  { name: 'microvm, legacy MMIO', machine: microvm, disks: [32] },
  {
    name: 'microvm, modern MMIO',
    machine: microvm,
    disks: [32],
    more: ['-global', 'virtio-mmio.force-legacy=false'],
  },
  { name: 'microvm without ACPI', machine: `${microvm},acpi=off`, disks: [8] },
  { name: 'pc', machine: 'pc', disks: [32] },
  { name: 'q35', machine: 'q35', disks: [32] },
  { name: 'CPU without RDRAND, SMEP and SMAP', machine: 'q35', cpu: 'qemu64', disks: [8] },
  { name: 'two disks', machine: 'q35', disks: [8, 12] },
  {
    name: 'sectors of 4,096 bytes',
    machine: 'q35',
    disks: [16],
    device: ',logical_block_size=4096,physical_block_size=4096',
    sectorSize: 4096,
  },
  { name: 'INTx', machine: 'pc', disks: [8], device: ',vectors=0' },
  { name: 'a short ring', machine: 'q35', disks: [8], device: ',queue-size=4' },
  { name: 'an image that ends in the middle of a page', machine: microvm, disks: [8 + 512 / MiB] },
]

describe('disks', function () {
  this.timeout(90_000)
  const scratch = scratchFolder()
  let kernel: string
  before(async () => {
    kernel = await bootableWith({
      folder: scratch(),
      drivers: ['serial-16550', 'virtio-blk', 'acpi-power', 'keyboard-reset', 'debug-exit'],
      init: join(packageRoot, 'test/boot/disk.c'),
    })
  })

  for (const cell of cells)
    it(cell.name, async () => {
      const files = cell.disks.map((size, i) => newDisk(`disk${i}`, size * MiB))
      const bus = cell.machine.startsWith('microvm') ? 'device' : 'pci'
      const devices = files.flatMap((file, i) => [
        ...['-drive', `if=none,id=d${i},format=raw,file=${file}`],
        ...['-device', `virtio-blk-${bus},drive=d${i}${cell.device ?? ''}`],
      ])
      const paths = files.map((_, i) => `/dev/vd${'ab'[i]}`)
      const result = await boot(
        cell.machine,
        [...(cell.more ?? []), ...devices],
        `all ${paths.join(' ')}`,
        cell.cpu,
      )
      const facts = files.map(
        (file, i) =>
          `${paths[i]} has ${readFileSync(file).length} bytes in sectors of ${cell.sectorSize ?? 512}\n`,
      )
      expect(result, result.stderr).to.deep.include({ text: `${facts.join('')}OK\n`, status: 0 })
      for (const file of files) expect(isFilled(readFileSync(file)), file).to.equal(true)
    })

  it('goes on without interrupts', async () => {
    const file = newDisk('disk0', 8 * MiB)
    const devices = ['-drive', `if=none,id=d,format=raw,file=${file}`, '-device', 'virtio-blk-device,drive=d']
    // The command line names an interrupt that is another's: the disk's never arrives.
    const machine = `${microvm},acpi=off,auto-kernel-cmdline=off`
    const result = await boot(machine, devices, 'all /dev/vda', 'max', 'virtio_mmio.device=512@0xfeb00e00:11')
    const told = 'unik: vda: its interrupts do not arrive: it is polled from now on\n'
    const facts = `/dev/vda has ${8 * MiB} bytes in sectors of 512\n`
    expect(result, result.stderr).to.deep.include({ text: `${told}${facts}OK\n`, status: 0 })
    expect(isFilled(readFileSync(file))).to.equal(true)
  })

  it('refuses to write to a read-only disk', async () => {
    const file = newDisk('disk0', MiB)
    const devices = [
      '-drive',
      `if=none,id=d,format=raw,readonly=on,file=${file}`,
      '-device',
      'virtio-blk-pci,drive=d',
    ]
    const result = await boot('q35', devices, 'read-only /dev/vda')
    expect(result, result.stderr).to.deep.include({ text: 'OK\n', status: 0 })
  })

  it('reports bad sectors, and no others', async () => {
    const errors = ['read_aio', 'write_aio'].map((event) => ({ event, sector: 800 }))
    const result = await boot('pc', faultyDisk(errors), 'bad-sector /dev/vda 800')
    expect(result, result.stderr).to.deep.include({ text: 'OK\n', status: 0 })
  })

  it('reports a flush that failed', async () => {
    const result = await boot('q35', faultyDisk([{ event: 'flush_to_disk' }]), 'bad-flush /dev/vda')
    expect(result, result.stderr).to.deep.include({ text: 'OK\n', status: 0 })
  })

  it('flushes what was written before the machine goes off', async () => {
    const file = newDisk('disk0', MiB)
    const log = newDisk('log', 0)
    const files = `file.driver=file,file.filename=${file},log.driver=file,log.filename=${log}`
    const drive = ['-blockdev', `driver=blklogwrites,node-name=d,${files},log-super-update-interval=1`]
    const result = await boot('q35', [...drive, '-device', 'virtio-blk-pci,drive=d'], 'write /dev/vda')
    expect(result, result.stderr).to.deep.include({ text: 'OK\n', status: 0 })
    expect(loggedFlushes(readFileSync(log))).to.deep.equal([false, true])
  })

  function faultyDisk(errors: readonly Readonly<Record<string, string | number>>[]): string[] {
    const rules = errors.flatMap((rule, i) =>
      Object.entries({ ...rule, errno: 5 }).map(([key, value]) => `file.inject-error.${i}.${key}=${value}`),
    )
    const file = `file.driver=blkdebug,file.image.driver=file,file.image.filename=${newDisk('disk0', 4 * MiB)}`
    const device = ['-device', 'virtio-blk-pci,drive=d,werror=report,rerror=report']
    return ['-blockdev', ['driver=raw,node-name=d', file, ...rules].join(','), ...device]
  }

  async function boot(
    machine: string,
    devices: readonly string[],
    words: string,
    cpu = 'max',
    kernelWords = '',
  ): Promise<MachineResult> {
    const base = ['-M', machine, '-cpu', cpu, '-m', '64', '-kernel', kernel]
    const result = await runMachine([...base, ...devices, '-append', `${kernelWords} -- ${words}`], 60_000)
    return { ...result, text: result.text.replaceAll(missing, '') }
  }

  function newDisk(name: string, bytes: number): string {
    const file = join(scratch(), name)
    writeFileSync(file, new Uint8Array(bytes).fill(0x5a))
    return file
  }
})

// These machines have no network card, and some no good source of random numbers: the kernel says so.
const missing = /^unik: no (network card|strong source of randomness).*\n/gm

/** Of each entry in a log of writes (Linux, Documentation/admin-guide/device-mapper/log-writes.rst), whether it is a flush. */
function loggedFlushes(log: Buffer): boolean[] {
  const [count, sectorSize] = [Number(log.readBigUInt64LE(16)), log.readUInt32LE(24)]
  const flushes: boolean[] = []
  for (let at = sectorSize; flushes.length < count; ) {
    flushes.push((log.readBigUInt64LE(at + 16) & 1n) === 1n)
    at += sectorSize + Number(log.readBigUInt64LE(at + 8)) * sectorSize
  }
  return flushes
}

function isFilled(data: Buffer): boolean {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length / 4)
  return words.every((word, i) => word === Math.imul(i, 2654435761) >>> 0)
}
