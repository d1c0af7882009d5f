import { expect } from 'chai'
import { viewOf } from '../../../../base/struct.js'
import { bytesSource } from '../../../../targets/formats/byte-source.js'
import { crc32 } from '../../../../targets/formats/crc32.js'
import { type Gpt, partitionTypes, readGpt, writeGpt } from '../../../../targets/formats/gpt.js'
import { guid, guidFrom } from '../../../../targets/formats/guid.js'
import { imageSource, sparseImage } from '../../../../targets/formats/sparse-image.js'
import { readDamaged } from '../../../helpers/damage.js'

const sectors = 256
const gpt: Gpt = {
  diskId: guidFrom('disk'),
  partitions: [
    { type: partitionTypes.efiSystem, id: guidFrom('a'), name: 'EFI system', first: 64, last: 99 },
    { type: partitionTypes.linuxData, id: guidFrom('b'), name: 'röot', first: 100, last: 222 },
  ],
}
const code = Uint8Array.from({ length: 440 }, (_, at) => at)
const disk = (): Uint8Array =>
  imageSource(sparseImage(sectors * 512, writeGpt(gpt, sectors, code))).read(0, sectors * 512)

describe('GPT', () => {
  it('reads what it writes', () => expect(readGpt(bytesSource(disk()))).to.deep.equal(gpt))

  it('leaves boot code and the mark of a boot sector where a BIOS looks', () => {
    expect(disk().slice(0, 440)).to.deep.equal(code)
    expect([...disk().slice(510, 512)]).to.deep.equal([0x55, 0xaa])
    expect(() => writeGpt(gpt, sectors, new Uint8Array(441))).to.throw('do not fit')
  })

  it('reads the table at the end when the one at the start is damaged', () => {
    const damaged = disk()
    damaged[512 + 56] = 0x77
    expect(readGpt(bytesSource(damaged))).to.deep.equal(gpt)
    damaged[damaged.length - 512 + 56] = 0x77
    expect(() => readGpt(bytesSource(damaged))).to.throw("the header's checksum is wrong")
  })

  it('refuses partitions that overlap or have no place', () => {
    const [first] = gpt.partitions
    const place = (from: number, to: number) =>
      ({ ...gpt, partitions: [{ ...first, first: from, last: to }] }) as Gpt
    expect(() => writeGpt(place(33, 100), sectors)).to.throw('has no place')
    expect(() => writeGpt(place(34, 223), sectors)).to.throw('has no place')
    expect(() => writeGpt({ ...gpt, partitions: [...gpt.partitions, ...gpt.partitions] }, sectors)).to.throw()
  })

  it('explains what is no such disk', () => {
    expect(() => readGpt(bytesSource(new Uint8Array(1000)))).to.throw('too small')
    expect(() => readGpt(bytesSource(new Uint8Array(100_000)))).to.throw('no protective MBR')
  })

  it('survives damage', () => {
    const tables: [number, number][] = [
      [440, 1024],
      [1024, 1300],
      [223 * 512, 223 * 512 + 300],
      [255 * 512, 256 * 512],
    ]
    const counts = readDamaged(disk(), (image) => readGpt(bytesSource(image)), tables)
    expect(counts.read).to.be.greaterThan(100)
    expect(counts.explained).to.be.greaterThan(100)
  })
})

describe('GUID', () => {
  it('is stored with its first three parts little-endian', () => {
    const raw = new Uint8Array(16)
    guid.write(viewOf(raw), 0, '00112233-4455-6677-8899-AABBCCDDEEFF')
    expect(Buffer.from(raw).toString('hex')).to.equal('33221100554477668899aabbccddeeff')
    expect(guid.read(viewOf(raw), 0)).to.equal('00112233-4455-6677-8899-AABBCCDDEEFF')
  })

  it('made from content is that of no other content, cut anywhere else', () => {
    expect(guidFrom('ab', 'c')).to.equal(guidFrom('ab', Buffer.from('c')))
    expect(guidFrom('ab', 'c')).not.to.equal(guidFrom('a', 'bc'))
    expect(guidFrom('x')).to.match(/^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/)
  })
})

describe('CRC-32', () => {
  it('is the one of the standard', () => expect(crc32(Buffer.from('123456789'))).to.equal(0xcbf43926))
})
