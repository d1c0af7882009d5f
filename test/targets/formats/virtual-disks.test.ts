import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../../base/run.js'
import { fileSource } from '../../../targets/formats/byte-source.js'
import { writeSparseImage } from '../../../targets/formats/sparse-image.js'
import { scratchFolder } from '../../helpers/scratch.js'
import { needReader } from '../../helpers/tool.js'
import { sampleDisk, virtualDiskFormats } from '../../helpers/virtual-disks.js'

const diskSize = 256 << 20

describe('virtual disks and other readers', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  const disk = sampleDisk(diskSize)
  const raw = () => join(scratch(), 'raw')
  const ours = (name: string) => join(scratch(), name)
  const qemuImg = (...args: string[]) => run(needReader('qemu-img', 'qemu-utils'), args)
  before(() => {
    writeSparseImage(raw(), disk)
    for (const [name, { write }] of Object.entries(virtualDiskFormats))
      writeSparseImage(ours(name), write(disk))
  })

  for (const [name, { qemu, read, options }] of Object.entries(virtualDiskFormats)) {
    it(`${name}: qemu-img finds the same disk, and nothing wrong`, async () => {
      const { stdout } = await qemuImg('info', '--output=json', '-f', qemu, ours(name))
      expect(JSON.parse(stdout)['virtual-size']).to.equal(diskSize)
      if (qemu !== 'vpc')
        // which it has no check for
        expect((await qemuImg('check', '-f', qemu, ours(name))).stdout).to.include('No errors were found')
      await qemuImg('compare', '-f', qemu, '-F', 'raw', ours(name), raw())
      const back = join(scratch(), `${name}-raw`)
      await qemuImg('convert', '-f', qemu, '-O', 'raw', ours(name), back)
      await run('cmp', [back, raw()])
      expect(statSync(ours(name)).blocks * 512).to.be.below(3 << 20)
    })

    it(`${name}: we read what qemu-img writes`, async () => {
      const theirs = join(scratch(), `${name}-theirs`)
      const how = options === undefined ? [] : ['-o', options]
      await qemuImg('convert', '-f', 'raw', '-O', qemu, ...how, raw(), theirs)
      const source = fileSource(theirs)
      const found = read(source)
      expect(found.size).to.equal(diskSize)
      for (const { offset, data } of disk.pieces)
        expect(Buffer.from(found.read(offset, data.length)).equals(data), `at ${offset}`).to.equal(true)
      source.close()
    })

    if (name !== 'fixed-vhd')
      it(`${name}: 7zz finds a disk of that size`, async () => {
        const sevenZip = needReader('7zz', '7zip')
        const type = { vdi: 'VDI', vpc: 'VHD', vhdx: 'VHDX', vmdk: 'VMDK', qcow2: 'QCOW', raw: '' }[qemu]
        const { stdout } = await run(sevenZip, ['l', '-slt', `-t${type}`, ours(name)])
        expect(stdout)
          .to.include(`Type = ${type}`)
          .and.to.match(/\nSize = 268435456\n/)
      })
  }

  it('qcowinfo, vmdkinfo and vhdiinfo find a disk of that size in each', async () => {
    const size = /Media size\s*:.*\b268435456 bytes/
    const readers: [string, string, string[]][] = [
      ['qcowinfo', 'libqcow-utils', ['qcow2']],
      ['vmdkinfo', 'libvmdk-utils', ['stream-vmdk', 'sparse-vmdk']],
      ['vhdiinfo', 'libvhdi-utils', ['fixed-vhd', 'dynamic-vhd', 'vhdx']],
    ]
    for (const [program, debian, names] of readers)
      for (const name of names) {
        const { stdout } = await run(needReader(program, debian), [ours(name)])
        expect(stdout, name).to.match(size)
      }
  })
})
