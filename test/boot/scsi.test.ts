import { closeSync, openSync, readFileSync, readSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { writeGpt } from '../../targets/formats/gpt.js'
import { sparseImage, writeSparseImage } from '../../targets/formats/sparse-image.js'
import { bootableWith, type MachineResult, rootfsWith, runMachine } from '../helpers/bootable.js'
import { scratchFolder } from '../helpers/scratch.js'

// SCSI disks on QEMU's adapters. The guest (scsi.c) reads what the host put on a disk, writes all of it and reads that back; then the
// host reads the image file.
const mib = 24

const microvm = 'microvm,x-option-roms=off,isa-serial=on,rtc=on'
const modern = ['-global', 'virtio-mmio.force-legacy=false']
const cells: readonly (readonly [name: string, machine: string, cpu: string, adapter: readonly string[]])[] =
  [
    ['virtio-scsi, q35, MSI-X', 'q35', 'max', ['-device', 'virtio-scsi-pci']],
    ['virtio-scsi, pc, MSI-X, plain CPU', 'pc', 'qemu64', ['-device', 'virtio-scsi-pci']],
    ['virtio-scsi, q35, INTx', 'q35', 'qemu64', ['-device', 'virtio-scsi-pci,vectors=0']],
    ['virtio-scsi, pc, INTx without an APIC', 'pc', 'max,-apic', ['-device', 'virtio-scsi-pci']],
    [
      'virtio-scsi, small rings',
      'q35',
      'max',
      ['-device', 'virtio-scsi-pci,virtqueue_size=16,seg_max_adjust=off'],
    ],
    ['virtio-scsi, microvm, legacy', microvm, 'max', ['-device', 'virtio-scsi-device']],
    ['virtio-scsi, microvm, version 1', microvm, 'qemu64', [...modern, '-device', 'virtio-scsi-device']],
    ['pvscsi, q35, MSI', 'q35', 'max', ['-device', 'pvscsi']],
    ['pvscsi, pc, MSI, plain CPU', 'pc', 'qemu64', ['-device', 'pvscsi']],
    ['pvscsi, pc, INTx without an APIC', 'pc', 'max,-apic', ['-device', 'pvscsi']],
  ]
const drivers = ['serial-16550', 'virtio-scsi', 'pvscsi', 'acpi-power', 'keyboard-reset', 'debug-exit']
const program = join(packageRoot, 'test/boot/scsi.c')
const id = '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709'
const adapters = ['virtio-scsi-pci', 'pvscsi']

// These machines have no network card, and some no good source of random numbers: the kernel says so.
const missing = /^unik: (no (network card|strong source of randomness)|interrupts: 8259).*\n/gm

describe('SCSI disks', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  let kernel: string
  before(async () => {
    kernel = await bootableWith({ folder: scratch(), drivers, init: program })
  })

  for (const [name, machine, cpu, adapter] of cells)
    it(name, async () => {
      const before = newDisk('a', 5)
      const devices = [...adapter, ...disk('a'), '-device', 'scsi-hd,drive=a']
      const result = await boot(machine, cpu, devices, [
        `sum:sda:${mib}`,
        `write:sda:${mib}`,
        `sum:sda:${mib}`,
      ])
      const text = `sda: sum ${sumOf(before)}\nsda: sum ${sumOf(pattern(12345))}\ndone\n`
      expect(result, result.stderr).to.deep.include({ text, status: 0 })
      expect(readFileSync(join(scratch(), 'a')).equals(pattern(12345))).to.equal(true)
    })

  for (const adapter of adapters) {
    it(`${adapter}: several disks, one of them read-only, one with large sectors, a CD among them`, async () => {
      const contents = ['a', 'b', 'c'].map((name, i) => newDisk(name, i))
      const devices = [
        '-device',
        adapter,
        '-device',
        'scsi-cd',
        ...disk('a'),
        ...disk('b'),
        ...disk('c', 'readonly=on'),
      ]
      devices.push('-device', 'scsi-hd,drive=a,scsi-id=3')
      devices.push('-device', 'scsi-hd,drive=b,scsi-id=31,logical_block_size=4096,physical_block_size=4096')
      devices.push('-device', `scsi-hd,drive=c,scsi-id=${adapter === 'pvscsi' ? '64' : '255,lun=16383'}`)
      const words = ['info:sda', 'info:sdb', 'info:sdc', `sum:sda:${mib}`, `sum:sdc:${mib}`]
      words.push(`write:sdb:${mib}`, `sum:sdb:${mib}`, 'write-sector:sdc:5')
      const { text, status } = await boot('q35', 'max', devices, words, 'verbose ')
      const bytes = mib << 20
      expect(text).to.match(/: target 0 unit 0 is not a disk \(device type 5\): ignored\n/)
      expect(text).to.include(
        [
          `sda: ${bytes} bytes, sectors of 512`,
          `sdb: ${bytes} bytes, sectors of 4096`,
          `sdc: ${bytes} bytes, sectors of 512, read-only`,
          `sda: sum ${sumOf(contents[0])}`,
          `sdc: sum ${sumOf(contents[2])}`,
          `sdb: sum ${sumOf(pattern(12345))}`,
          'sdc: cannot be opened: Read-only file system',
          'done\n',
        ].join('\n'),
      )
      expect(status).to.equal(0)
      expect(readFileSync(join(scratch(), 'b')).equals(pattern(12345))).to.equal(true)
      expect(readFileSync(join(scratch(), 'c')).equals(contents[2] ?? Buffer.of())).to.equal(true)
    })

    it(`${adapter}: a disk of 3 TiB`, async () => {
      const file = join(scratch(), 'large')
      writeFileSync(file, '')
      truncateSync(file, 3 * 2 ** 40)
      const sectors = [4294967295, 4294967296, 6442450943]
      const words = sectors.flatMap((sector) => [`write-sector:sda:${sector}`, `read-sector:sda:${sector}`])
      const devices = ['-device', adapter, ...disk('large'), '-device', 'scsi-hd,drive=large']
      const { text, status } = await boot('q35', 'max', devices, [
        'info:sda',
        ...words,
        'write-sector:sda:6442450944',
      ])
      const lines = sectors.flatMap((n) => [
        `sda: write of sector ${n}: done`,
        `sda: read of sector ${n}: done`,
      ])
      lines.unshift(`sda: ${3 * 2 ** 40} bytes, sectors of 512`)
      lines.push('sda: write of sector 6442450944: No space left on device', 'done\n')
      expect(text).to.equal(lines.join('\n'))
      expect(status).to.equal(0)
      const handle = openSync(file, 'r')
      for (const sector of sectors) {
        const data = Buffer.alloc(1536)
        readSync(handle, data, 0, 1536, (sector - 1) * 512)
        expect(data.subarray(512, 1024).every((byte) => byte === 'x'.charCodeAt(0))).to.equal(true)
        expect(data.subarray(0, 512).some((byte) => byte !== 0)).to.equal(sectors.includes(sector - 1))
      }
      closeSync(handle)
    })

    it(`${adapter}: bad sectors are errors, and the disk stays usable`, async () => {
      newDisk('a', 1)
      const rules = [
        { event: 'read_aio', errno: 5, sector: 100 }, // aborted command
        { event: 'write_aio', errno: 61, sector: 2000 }, // medium error
        { event: 'write_aio', errno: 28, sector: 3000 }, // no space
        { event: 'write_aio', errno: 33, sector: 4000, once: 'on' }, // task set full
      ].flatMap((rule, i) =>
        Object.entries(rule).map(([key, value]) => `file.inject-error.${i}.${key}=${value}`),
      )
      const image = `driver=raw,node-name=a,file.driver=blkdebug,file.image.driver=file,file.image.filename=${scratch()}/a`
      const devices = ['-blockdev', [image, ...rules].join(',')]
      devices.push('-device', adapter, '-device', 'scsi-hd,drive=a,rerror=report,werror=report')
      const words = [
        'read-sector:sda:100',
        'read-sector:sda:1000',
        'write-sector:sda:2000',
        'write-sector:sda:3000',
      ]
      words.push('write-sector:sda:4000', 'write-sector:sda:2001', 'sum:sda:0')
      const { text, status } = await boot('pc', 'max', devices, words)
      expect(text.split('\n').filter((line) => line.includes(' of sector '))).to.deep.equal([
        'sda: read of sector 100: Input/output error',
        'sda: read of sector 1000: done',
        'sda: write of sector 2000: Input/output error',
        'sda: write of sector 3000: No space left on device',
        'sda: write of sector 4000: done',
        'sda: write of sector 2001: done',
      ])
      expect(status).to.equal(0)
      const after = readFileSync(join(scratch(), 'a'))
      for (const sector of [4000, 2001]) expect(after[sector * 512]).to.equal('x'.charCodeAt(0))
    })
  }

  it('the root file system on a SCSI disk', async () => {
    const archive = await rootfsWith({ folder: scratch(), init: program, files: [] })
    const [first, sectors] = [2048, 8192 + Math.ceil(archive.length / 512)]
    const partition = {
      type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
      id,
      name: 'root',
      first,
      last: sectors - 64,
    }
    const table = writeGpt({ diskId: id, partitions: [partition] }, sectors)
    const image = sparseImage(sectors * 512, [...table, { offset: first * 512, data: archive }])
    writeSparseImage(join(scratch(), 'root'), image)
    const empty = await bootableWith({ folder: scratch(), name: 'empty', drivers, rootfs: new Uint8Array() })
    for (const adapter of adapters) {
      const devices = ['-device', adapter, ...disk('root', 'readonly=on'), '-device', 'scsi-hd,drive=root']
      const { text, status } = await boot('pc', 'max', devices, ['info:sda1'], 'root=PARTLABEL=root ', empty)
      expect(text).to.equal(`sda1: ${(sectors - 63 - first) * 512} bytes, sectors of 512, read-only\ndone\n`)
      expect(status).to.equal(0)
    }
  })

  it('two adapters of each kind', async () => {
    const names = ['a', 'b', 'c', 'd']
    const contents = names.map((name, i) => newDisk(name, i + 7))
    const devices = names.flatMap((name, i) => [
      ...['-device', `${adapters[i % 2]},id=${name}bus`],
      ...[...disk(name), '-device', `scsi-hd,drive=${name},bus=${name}bus.0`],
    ])
    const { text, status } = await boot(
      'pc',
      'max',
      devices,
      names.map((name) => `sum:sd${name}:${mib}`),
    )
    expect(text).to.equal(
      `${names.map((name, i) => `sd${name}: sum ${sumOf(contents[i])}`).join('\n')}\ndone\n`,
    )
    expect(status).to.equal(0)
  })

  // A rate limit makes the disk sit on a read for 45 seconds after a megabyte (and the host's own flushes must not use that time up);
  // the kernel waits for 30, twice.
  it('a disk that does not answer is reset, and its neighbour does not notice', async () => {
    const results = adapters.map((adapter) => {
      const [slow, quick] = [`${adapter}-slow`, `${adapter}-quick`]
      newDisk(slow, 1)
      newDisk(quick, 2)
      const devices = [
        '-device',
        adapter,
        ...disk(slow, 'cache=unsafe,throttling.bps-total=23000'),
        ...disk(quick),
      ]
      devices.push('-device', `scsi-hd,drive=${slow}`, '-device', `scsi-hd,drive=${quick}`)
      const words = ['write:sda:1', 'read-sector:sda:5000', `sum:sdb:${mib}`, 'write-sector:sda:5000']
      return boot('q35', 'max', devices, words)
    })
    for (const { text, status } of await Promise.all(results)) {
      expect(text).to.equal(
        [
          'unik: sda: a read at sector 5000 has not ended in 30 s: the device is reset',
          'sda: read of sector 5000: done',
          `sdb: sum ${sumOf(pattern(2))}`,
          'sda: write of sector 5000: done',
          'done\n',
        ].join('\n'),
      )
      expect(status).to.equal(0)
    }
  })

  // 256 targets are asked who they are; one exit for each would be most of a boot.
  it('asks many targets at once', async () => {
    newDisk('a', 1)
    const devices = ['-device', 'virtio-scsi-device', ...disk('a'), '-device', 'scsi-hd,drive=a', '-d']
    const { stderr, status } = await boot(
      microvm,
      'max',
      [...devices, 'trace:virtio_queue_notify'],
      ['info:sda'],
    )
    expect(stderr.split('virtio_queue_notify').length - 1).to.be.within(8, 24)
    expect(status).to.equal(0)
  })

  async function boot(
    machine: string,
    cpu: string,
    devices: readonly string[],
    words: readonly string[],
    kernelWords = '',
    image = kernel,
  ): Promise<MachineResult> {
    const args = ['-M', machine, '-cpu', cpu, '-smp', '1,maxcpus=2', '-m', '64', '-kernel', image, ...devices]
    const result = await runMachine([...args, '-append', `${kernelWords}-- ${words.join(' ')}`], 100_000)
    const text = result.text.replaceAll(missing, '').replaceAll(/^.*(MiB\/s|: after .* s)\n/gm, '')
    return { ...result, text }
  }

  function newDisk(name: string, seed: number): Buffer {
    const data = pattern(seed)
    writeFileSync(join(scratch(), name), data)
    return data
  }

  function disk(name: string, ...options: string[]): string[] {
    return ['-drive', [`file=${join(scratch(), name)},format=raw,if=none,id=${name}`, ...options].join(',')]
  }
})

/** As scsi.c makes it, from another start. */
function pattern(seed: number): Buffer {
  const words = new Uint32Array((mib << 20) / 4)
  let x = seed
  for (let i = 0; i < words.length; i++) words[i] = x = (Math.imul(x, 1664525) + 1013904223) >>> 0
  return Buffer.from(words.buffer)
}

function sumOf(data: Buffer = Buffer.of()): string {
  let sum = 2166136261
  for (const word of new Uint32Array(data.buffer, data.byteOffset, data.length / 4))
    sum = Math.imul(sum ^ word, 16777619)
  return (sum >>> 0).toString(16).padStart(8, '0')
}
