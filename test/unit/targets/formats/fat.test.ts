import { expect } from 'chai'
import { bytesSource } from '../../../../targets/formats/byte-source.js'
import { type FatOptions, writeFat } from '../../../../targets/formats/fat.js'
import { readFat } from '../../../../targets/formats/fat-reader.js'
import type { FatFile } from '../../../../targets/formats/fat-tree.js'
import { imageSource } from '../../../../targets/formats/sparse-image.js'
import { readDamaged } from '../../../helpers/damage.js'

const file = (path: string, size: number): FatFile => ({
  path,
  data: Uint8Array.from({ length: size }, (_, at) => (at * 7 + size) & 0xff),
})
const files: readonly FatFile[] = [
  file('EFI/BOOT/BOOTX64.EFI', 70_000),
  file('NOTICES.TXT', 1),
  file('empty', 0),
  file('a name longer than thirteen.text', 600),
  file('a name longer than thirteen.test', 601),
  file('exactly26characters_in_it.', 5),
  file('Ünï/çödé.txt', 512),
  ...Array.from({ length: 40 }, (_, at) => file(`many/file number ${at}`, at * 30)),
]
const plain: FatOptions = { label: 'UNIK', serial: 0x12345678 }
const MiB = 1 << 20

const volumes: Readonly<Record<string, FatOptions>> = {
  'FAT12, as small as can be': plain,
  'FAT12 with clusters of 2,048': { ...plain, clusterSize: 2048 },
  FAT16: { ...plain, fixed: { type: 16, bytes: 8 * MiB } },
  FAT32: { ...plain, fixed: { type: 32, bytes: 64 * MiB }, hiddenSectors: 2048 },
}

describe('FAT', () => {
  for (const [name, options] of Object.entries(volumes))
    it(`reads what it writes: ${name}`, () => {
      const volume = writeFat(files, options)
      const read = readFat(imageSource(volume.image))
      expect(read.label).to.equal('UNIK')
      expect(read.type).to.equal(volume.type)
      const found = new Map(
        read.entries.filter(({ type }) => type === 'file').map((entry) => [entry.path, entry]),
      )
      expect([...found.keys()].sort()).to.deep.equal(files.map(({ path }) => path).sort())
      for (const { path, data } of files) {
        expect(Buffer.from(found.get(path)?.data() ?? []).equals(data), path).to.equal(true)
        if (data.length === 0) continue
        const at = volume.locate(path)
        expect(Buffer.from(imageSource(volume.image).read(at, data.length)).equals(data), path).to.equal(true)
        expect(at % (options.clusterSize ?? 512)).to.equal(0)
      }
    })

  it('does not depend on the order given', () => {
    const bytes = (order: readonly FatFile[]) => {
      const { image } = writeFat(order, plain)
      return Buffer.from(imageSource(image).read(0, image.size))
    }
    expect(bytes([...files].reverse()).equals(bytes(files))).to.equal(true)
  })

  it('grows with its files through all three types', () => {
    const types = [100, 3000, 40_000, 300_000].map((kilobytes) => {
      const { type, image } = writeFat([{ path: 'a', data: new Uint8Array(kilobytes * 1024) }], plain)
      expect(image.size).to.be.within(kilobytes * 1024, kilobytes * 1024 * 1.1 + 100_000)
      return type
    })
    expect(types).to.deep.equal([12, 16, 16, 32])
  })

  it('refuses what has no room, no name, or the same name as another', () => {
    expect(() => writeFat(files, { ...plain, fixed: { type: 16, bytes: MiB } })).to.throw('do not fit')
    expect(() => writeFat([file('a:b', 1)], plain)).to.throw('not a name')
    expect(() => writeFat([file('a', 1), file('A', 1)], plain)).to.throw('two entries')
    expect(() => writeFat([file('a', 1), file('a/b', 1)], plain)).to.throw('two entries')
  })

  it('explains what is no volume', () => {
    expect(() => readFat(bytesSource(new Uint8Array(100)))).to.throw('its first sector')
    expect(() => readFat(bytesSource(new Uint8Array(100_000)))).to.throw('its first sector')
  })

  it('survives damage', () => {
    const { image } = writeFat(files, plain)
    const bytes = imageSource(image).read(0, image.size)
    const readAll = (damaged: Uint8Array) => {
      for (const entry of readFat(bytesSource(damaged)).entries) entry.data()
    }
    // Boot sector, both tables, the root folder, and the folders behind it.
    const counts = readDamaged(bytes, readAll, [
      [11, 64],
      [512, 2048],
      [1024, 6000],
      [0, bytes.length],
    ])
    expect(counts.read).to.be.greaterThan(100)
    expect(counts.explained).to.be.greaterThan(100)
  })
})
