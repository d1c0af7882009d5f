import { expect } from 'chai'
import { bytesSource } from '../../../../targets/formats/byte-source.js'
import { type IsoEntry, layoutIso } from '../../../../targets/formats/iso-layout.js'
import { readIso } from '../../../../targets/formats/iso-reader.js'
import { writeIso } from '../../../../targets/formats/iso9660.js'
import { imageSource, sparseImage } from '../../../../targets/formats/sparse-image.js'
import { readDamaged } from '../../../helpers/damage.js'

const entries: readonly IsoEntry[] = [
  { path: 'BOOT/BIOS.BIN', size: 2048 },
  { path: 'BOOT/EFI.IMG', size: 100_000 },
  { path: 'EFI/BOOT/BOOTX64.EFI', size: 50_000, within: { path: 'BOOT/EFI.IMG', offset: 4096 } },
  { path: 'README', size: 10 },
  ...Array.from({ length: 120 }, (_, at) => ({ path: `MANY/FILE${at}.TXT`, size: at * 50 })),
]
const contentOf = (path: string) => {
  const size = entries.find((entry) => entry.path === path)?.size ?? 0
  const data = Uint8Array.from({ length: size }, (_, at) => (at * 3 + size) & 0xff)
  return sparseImage(size, [{ offset: 0, data }])
}
const boot = { bios: 'BOOT/BIOS.BIN', efi: 'BOOT/EFI.IMG' }
const disc = (around: { offset: number; data: Uint8Array }[] = []): Uint8Array => {
  const image = writeIso(entries, contentOf, { volumeName: 'UNIK', boot, around })
  return imageSource(image).read(0, image.size)
}

describe('ISO 9660', () => {
  it('reads what it writes, with one copy of what has two names', () => {
    const read = readIso(bytesSource(disc()))
    expect(read.volumeName).to.equal('UNIK')
    const found = new Map(read.entries.filter(({ type }) => type === 'file').map((file) => [file.path, file]))
    expect([...found.keys()].sort()).to.deep.equal(entries.map(({ path }) => path).sort())
    for (const { path, size, within } of entries) {
      const whole = imageSource(contentOf(within?.path ?? path))
      const expected = whole.read(within?.offset ?? 0, size)
      expect(Buffer.from(found.get(path)?.data() ?? []).equals(expected), path).to.equal(true)
    }
    expect(disc().length).to.be.below(entries.reduce((sum, { size }) => sum + size + 2048, 60_000) - 50_000)
  })

  it('is laid out before it has content', () => {
    const layout = layoutIso(entries)
    for (const { path, offset } of readIso(bytesSource(disc())).entries)
      expect(layout.locate(path), path).to.equal(offset)
    expect(layout.size).to.equal(disc().length)
  })

  it('tells firmware where its images are', () => {
    const layout = layoutIso(entries)
    expect(readIso(bytesSource(disc())).boot).to.deep.equal([
      { platform: 0, offset: layout.locate(boot.bios), size: 2048 },
      { platform: 0xef, offset: layout.locate(boot.efi), size: 196 * 512 },
    ])
    const efiOnly = writeIso(entries, contentOf, { volumeName: 'UNIK', boot: { efi: boot.efi } })
    expect(readIso(imageSource(efiOnly)).boot).to.deep.equal([
      { platform: 0xef, offset: layout.locate(boot.efi), size: 196 * 512 },
    ])
  })

  it('leaves the places before and behind the volume to others', () => {
    const mark = Uint8Array.of(1, 2, 3)
    const end = layoutIso(entries).size + 5000
    const image = disc([
      { offset: 0, data: mark },
      { offset: end, data: mark },
    ])
    expect(image.slice(0, 3)).to.deep.equal(mark)
    expect(image.slice(end, end + 3)).to.deep.equal(mark)
    expect(() => disc([{ offset: 32_768, data: mark }])).to.throw('overlap')
  })

  it('refuses names that a disc cannot have', () => {
    for (const path of ['lower.case', 'TOO.MANY.DOTS', 'A/', '/A', `${'N'.repeat(31)}`])
      expect(() => layoutIso([{ path, size: 1 }]), path).to.throw('not a name')
    expect(() =>
      layoutIso([
        { path: 'A', size: 1 },
        { path: 'A', size: 1 },
      ]),
    ).to.throw('two entries')
  })

  it('explains what is no disc', () => {
    expect(() => readIso(bytesSource(new Uint8Array(100)))).to.throw('no primary volume descriptor')
    expect(() => readIso(bytesSource(new Uint8Array(100_000)))).to.throw('no primary volume descriptor')
  })

  it('survives damage', () => {
    const readAll = (damaged: Uint8Array) => {
      for (const entry of readIso(bytesSource(damaged)).entries) entry.data()
    }
    const counts = readDamaged(disc(), readAll, [
      [32_768, 33_000],
      [34_816, 34_900],
      [38_912, 39_100],
      [32_768, 70_000],
    ])
    expect(counts.read).to.be.greaterThan(100)
    expect(counts.explained).to.be.greaterThan(100)
  })
})
