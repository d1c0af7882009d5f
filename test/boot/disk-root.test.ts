import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { writeGpt } from '../../targets/formats/gpt.js'
import { sparseImage, writeSparseImage } from '../../targets/formats/sparse-image.js'
import { bootableWith, type MachineResult, rootfsWith, runMachine } from '../helpers/bootable.js'
import { scratchFolder } from '../helpers/scratch.js'

// The root file system stays on the disk; a guest of 64 MiB reads 200 MiB of it. What the guest does stands in disk-root.c.
const MiB = 1 << 20
const id = '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709'
const microvm = 'microvm,x-option-roms=off,isa-serial=on,rtc=on'
/** Where the partition begins. */
const start = 2048

describe('root file system on a disk', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const files = {
    'data/large': noise(120 * MiB, 1),
    'data/odd': noise(80 * MiB - 4092, 2),
    small: noise(40, 3),
  }
  let kernel: string
  let archive: Uint8Array
  let disk: string

  before(async () => {
    const drivers = ['serial-16550', 'virtio-blk', 'acpi-power', 'keyboard-reset', 'debug-exit']
    kernel = await bootableWith({ folder: scratch(), drivers, rootfs: new Uint8Array() })
    const entries = Object.entries(files).map(
      ([path, data]) => ({ path, type: 'file', mode: 0o644, data }) as const,
    )
    const init = join(packageRoot, 'test/boot/disk-root.c')
    archive = await rootfsWith({ folder: scratch(), init, files: entries })
    disk = newDisk('disk', archive)
  })

  for (const machine of [microvm, 'pc', 'q35'])
    it(`is read on demand on ${machine.replace(/,.*/, '')}`, async () => {
      const ways = [
        'read:/data/large',
        'map:/data/odd',
        'read:/small',
        'map:/data/large',
        'threads:/data/odd',
      ]
      const result = await boot(machine, [disk], `root=PARTUUID=${id} -- ${ways.join(' ')}`)
      expect(result).to.deep.include({ text: expected(ways), status: 0 })
    })

  it('gives way to memory that the app wants, and may be written over', async () => {
    const ways = ['squeeze:/data/large', 'change:/data/odd', 'read:/data/large']
    const result = await boot('q35', [disk], `root=PARTLABEL=unik-root -- ${ways.join(' ')}`)
    expect(result).to.deep.include({ text: expected(ways), status: 0 })
  })

  it('may be the second disk, and lie unaligned', async () => {
    // As another program writes the archive: nothing in it is on a page boundary.
    const result = await boot(
      'q35',
      [newDisk('empty', new Uint8Array()), newDisk('moved', unaligned(archive))],
      ['root=/dev/vdb1', '--', 'threads:/data/large'].join(' '),
    )
    expect(result).to.deep.include({ text: expected(['threads:/data/large']), status: 0 })
  })

  it('fails only the pages that cannot be read', async () => {
    const at =
      start + Math.floor(Buffer.from(archive.buffer).indexOf(files['data/large'].subarray(0, 64)) / 512)
    const errors = `file.inject-error.0.event=read_aio,file.inject-error.0.sector=${at + 8000}`
    const image = `driver=raw,node-name=d0,file.driver=blkdebug,file.image.driver=file,file.image.filename=${disk}`
    const devices = ['-blockdev', `${image},${errors}`, '-device', 'virtio-blk-pci,drive=d0']
    const result = await boot('q35', [], 'root=/dev/vda1 -- bad:/data/large', devices)
    expect(result).to.deep.include({ text: `bad:/data/large ${120 * MiB} 00000001\nOK\n`, status: 0 })
  })

  it('gives up two disks that do not answer, and ends', async () => {
    const before = performance.now()
    const slow = ['a', 'b'].flatMap((id) => [
      ...['-drive', `if=none,id=${id},format=raw,readonly=on,file=${disk},throttling.bps-total=1`],
      ...['-device', `virtio-blk-pci,drive=${id}`],
    ])
    const { text, status } = await boot('q35', [], 'root=/dev/vdb1', slow)
    expect(text).to.match(
      /vda: given up: .*\n(?:.*\n)*.*vdb: given up: .*\n(?:.*\n)*.*root=\/dev\/vdb1: no such/,
    )
    expect(status).to.equal(127)
    expect(performance.now() - before).to.be.lessThan(10_000)
  })

  const failures = [
    {
      name: 'no disk',
      disks: () => [],
      says: /root=PARTLABEL=unik-root: no disk was found/,
    },
    {
      name: 'a disk without the partition',
      disks: () => [newDisk('other', new Uint8Array(), 'another')],
      says: /root=PARTLABEL=unik-root: no such disk or partition\n.*found: vda, \d+ KiB, GPT, 1 partitions\n.*found: vda1, .*PARTLABEL=another/,
    },
    {
      name: 'a disk without a table',
      disks: () => [newFile('zeros', new Uint8Array(MiB))],
      says: /no such disk or partition\n.*found: vda, 1024 KiB, no partition table, 0 partitions/,
    },
    {
      name: 'an image cut short',
      disks: () => [truncated(newDisk('cut', archive), 100 * MiB)],
      says: /vda: its partition table is a larger disk's: the image has been cut short\n(?:.*\n)*.*root=PARTLABEL=unik-root: no such disk or partition/,
    },
    {
      name: 'a truncated archive',
      disks: () => [newDisk('half', archive.subarray(0, 10 * MiB))],
      says: /rootfs: no valid cpio entry at byte \d+ of \d+: the archive is damaged or cut short/,
    },
    {
      name: 'a damaged archive',
      disks: () => [newDisk('damaged', damaged(archive))],
      says: /rootfs: no valid cpio entry at byte \d+ of \d+: the archive is damaged or cut short/,
    },
  ]
  for (const { name, disks, says } of failures)
    it(`says what is wrong with ${name}, and ends`, async () => {
      const before = performance.now()
      const { text, status } = await boot('q35', disks(), 'root=PARTLABEL=unik-root')
      expect(text).to.match(says)
      expect(status).to.equal(127)
      expect(performance.now() - before).to.be.lessThan(10_000)
    })

  function expected(ways: readonly string[]): string {
    const lines = ways.map((way) => {
      const data = Object.entries(files).find(([path]) => way.endsWith(`:/${path}`))?.[1]
      return `${way} ${data?.length} ${hashOf(data)}\n`
    })
    return `${lines.join('')}OK\n`
  }

  async function boot(
    machine: string,
    disks: readonly string[],
    words: string,
    more: readonly string[] = [],
  ): Promise<MachineResult> {
    const bus = machine.startsWith('microvm') ? 'device' : 'pci'
    const devices = disks.flatMap((file, i) => [
      ...['-drive', `if=none,id=d${i},format=raw,readonly=on,file=${file}`],
      ...['-device', `virtio-blk-${bus},drive=d${i}`],
    ])
    const base = ['-M', machine, '-cpu', 'max', '-m', '64', '-kernel', kernel]
    const result = await runMachine([...base, ...devices, ...more, '-append', words], 60_000)
    return { ...result, text: result.text.replaceAll(/^unik: no (network|strong).*\n/gm, '') }
  }

  function newDisk(name: string, contents: Uint8Array, label = 'unik-root'): string {
    const sectors = start + Math.ceil(contents.length / 512) + 2048
    const partition = { type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4', id, name: label, first: start }
    const table = writeGpt({ diskId: id, partitions: [{ ...partition, last: sectors - 64 }] }, sectors)
    const file = join(scratch(), name)
    writeSparseImage(file, sparseImage(sectors * 512, [...table, { offset: start * 512, data: contents }]))
    return file
  }

  function newFile(name: string, contents: Uint8Array): string {
    const file = join(scratch(), name)
    writeFileSync(file, contents)
    return file
  }

  function damaged(contents: Uint8Array): Uint8Array {
    const copy = contents.slice()
    const header = Buffer.from(copy.buffer).lastIndexOf('070701', copy.length - 600)
    return copy.fill(0, header, header + 6)
  }
})

function truncated(file: string, size: number): string {
  truncateSync(file, size)
  return file
}

/** The same archive behind an entry whose length is no multiple of anything but four. */
function unaligned(archive: Uint8Array): Uint8Array {
  const fields = [1, 0o100644, 0, 0, 1, 0, 4, 0, 0, 0, 0, 6, 0].map((field) =>
    field.toString(16).padStart(8, '0'),
  )
  const entry = Buffer.from(`070701${fields.join('')}first\0four`)
  return Buffer.concat([entry, archive])
}

/** xorshift32, so that no page is like another. */
function noise(bytes: number, seed: number): Uint8Array {
  const words = new Uint32Array(bytes / 4)
  let state = seed
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[i] = state
  }
  return new Uint8Array(words.buffer)
}

function hashOf(data: Uint8Array = new Uint8Array()): string {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length / 4)
  let hash = 1
  for (const word of words) hash = Math.imul((hash << 5) ^ (hash >>> 27) ^ word, 2654435761)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
