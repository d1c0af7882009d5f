import { expect } from 'chai'
import { bytesSource } from '../../../../targets/formats/byte-source.js'
import { crc32c } from '../../../../targets/formats/crc32c.js'
import { imageSource, type SparseImage, sparseImage } from '../../../../targets/formats/sparse-image.js'
import { readDamaged } from '../../../helpers/damage.js'
import { sampleDisk, virtualDiskFormats } from '../../../helpers/virtual-disks.js'

const MiB = 1 << 20
const disk = sampleDisk(8 * MiB)
const content = Buffer.from(imageSource(disk).read(0, disk.size))

for (const [name, { write, read }] of Object.entries(virtualDiskFormats))
  describe(`virtual disk: ${name}`, () => {
    const image = write(disk)

    it('holds the disk', () => {
      const found = read(imageSource(image))
      expect(found.size).to.equal(disk.size)
      expect(Buffer.from(found.read(0, found.size)).equals(content)).to.equal(true)
      expect(Buffer.from(found.read(65_000, 3000)).equals(content.subarray(65_000, 68_000))).to.equal(true)
    })

    it('is the same for the same disk, another one for another', () => {
      const bytes = (of: SparseImage) => Buffer.from(imageSource(of).read(0, of.size))
      expect(bytes(write(sampleDisk(8 * MiB))).equals(bytes(image))).to.equal(true)
      const other = sparseImage(disk.size, [{ offset: 0, data: new Uint8Array(512).fill(1) }])
      expect(bytes(write(other)).equals(bytes(image))).to.equal(false)
    })

    it('of nothing is nearly empty', () => {
      const empty = write(sparseImage(1024 * MiB, []))
      const stored = empty.pieces.reduce((sum, { data }) => sum + data.length, 0)
      expect(stored).to.be.below(2 * MiB)
      expect(Buffer.from(read(imageSource(empty)).read(3 * MiB, 4096)).equals(Buffer.alloc(4096))).to.equal(
        true,
      )
    })

    it('survives damage', () => {
      // Every structure's first bytes; the holes between the pieces stay.
      const starts = image.pieces.map(({ data }) => Buffer.from(data.subarray(0, startSize)))
      const counts = readDamaged(new Uint8Array(Buffer.concat(starts)), (damaged) => {
        const found = read(imageSource(sparseImage(image.size, withStarts(image, damaged))))
        for (let at = 0; at < Math.min(found.size, 8 * MiB); at += MiB / 2)
          found.read(at, Math.min(512, found.size - at))
      })
      expect(counts.read).to.be.greaterThan(20)
      expect(counts.explained).to.be.greaterThan(20)
    })

    it('cut short is told', () => {
      const bytes = imageSource(image).read(0, image.size)
      for (const size of [0, 10, 512, 4096, Math.floor(image.size / 2)])
        expect(() => {
          const found = read(bytesSource(bytes.subarray(0, size)))
          found.read(0, found.size)
        }, String(size)).to.throw(/that can be read|the image is damaged/)
    })
  })

const startSize = 96

function withStarts(image: SparseImage, starts: Uint8Array): { offset: number; data: Uint8Array }[] {
  let from = 0
  return image.pieces.flatMap(({ offset, data }) => {
    const length = Math.min(startSize, data.length)
    const start = data.slice(0, length)
    start.set(starts.subarray(from, from + length))
    from += length
    return [
      { offset, data: start },
      { offset: offset + length, data: data.subarray(length) },
    ]
  })
}

describe('CRC-32C', () => {
  it('is the one of the standard', () => expect(crc32c(Buffer.from('123456789'))).to.equal(0xe3069283))
})
