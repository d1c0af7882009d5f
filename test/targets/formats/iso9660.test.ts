import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../../base/run.js'
import { fileSource } from '../../../targets/formats/byte-source.js'
import { type IsoEntry, layoutIso } from '../../../targets/formats/iso-layout.js'
import { readIso } from '../../../targets/formats/iso-reader.js'
import { writeIso } from '../../../targets/formats/iso9660.js'
import { sparseImage, writeSparseImage } from '../../../targets/formats/sparse-image.js'
import { scratchFolder } from '../../helpers/scratch.js'
import { needReader } from '../../helpers/tool.js'

const entries: readonly IsoEntry[] = [
  { path: 'BOOT/BIOS.BIN', size: 2048 },
  { path: 'BOOT/EFI.IMG', size: 300_000 },
  { path: 'EFI/BOOT/BOOTX64.EFI', size: 200_000, within: { path: 'BOOT/EFI.IMG', offset: 4096 } },
  ...Array.from({ length: 150 }, (_, at) => ({ path: `MANY/FILE${at}.TXT`, size: at * 50 })),
]
const dataOf = (path: string): Buffer => {
  const entry = entries.find((candidate) => candidate.path === path)
  if (entry?.within !== undefined)
    return dataOf(entry.within.path).subarray(entry.within.offset, entry.within.offset + entry.size)
  return Buffer.from(Uint8Array.from({ length: entry?.size ?? 0 }, (_, at) => (at * 3 + path.length) & 0xff))
}
const contentOf = (path: string) => sparseImage(dataOf(path).length, [{ offset: 0, data: dataOf(path) }])

describe('ISO 9660 and other readers', () => {
  const scratch = scratchFolder()
  const xorriso = (...args: string[]) => run(needReader('xorriso', 'xorriso'), args)
  let image = ''
  before(() => {
    image = join(scratch(), 'ours.iso')
    const boot = { bios: 'BOOT/BIOS.BIN', efi: 'BOOT/EFI.IMG' }
    writeSparseImage(image, writeIso(entries, contentOf, { volumeName: 'UNIK', boot }))
  })

  it('xorriso extracts every file', async () => {
    const out = join(scratch(), 'out')
    const { stderr } = await xorriso('-osirrox', 'on', '-indev', image, '-extract', '/', out)
    expect(stderr).not.to.match(/WARNING|FAILURE|SORRY/)
    for (const { path } of entries)
      expect(readFileSync(join(out, path)).equals(dataOf(path)), path).to.equal(true)
  })

  it('xorriso finds what BIOS and UEFI start', async () => {
    const { stdout } = await xorriso('-indev', image, '-report_el_torito', 'plain')
    const sector = (path: string) => layoutIso(entries).locate(path) / 2048
    expect(stdout).to.match(new RegExp(`img :\\s+1\\s+BIOS\\s+y\\s+none.* ${sector('BOOT/BIOS.BIN')}$`, 'm'))
    expect(stdout).to.match(new RegExp(`img :\\s+2\\s+UEFI\\s+y\\s+none.* ${sector('BOOT/EFI.IMG')}$`, 'm'))
    expect(stdout).to.match(/img path :\s+2\s+\/BOOT\/EFI\.IMG/)
  })

  it('7zz and file know it', async () => {
    const { stdout } = await run(needReader('7zz', '7zip'), ['t', image])
    expect(stdout).to.include('Everything is Ok').and.not.to.include('Warnings')
    const { stdout: kind } = await run('file', [image])
    expect(kind).to.include("ISO 9660 CD-ROM filesystem data 'UNIK' (bootable)")
  })

  it('we read what xorriso writes', async () => {
    const tree = join(scratch(), 'tree')
    mkdirSync(join(tree, 'sub', 'deeper'), { recursive: true })
    writeFileSync(join(tree, 'sub', 'deeper', 'data.bin'), dataOf('BOOT/EFI.IMG'))
    writeFileSync(join(tree, 'boot.bin'), dataOf('BOOT/BIOS.BIN'))
    const foreign = join(scratch(), 'foreign.iso')
    const boot = ['-b', 'boot.bin', '-no-emul-boot', '-boot-load-size', '4']
    await xorriso('-as', 'mkisofs', '-quiet', '-V', 'OTHER', '-o', foreign, ...boot, tree)
    const source = fileSource(foreign)
    const read = readIso(source)
    const found = new Map(read.entries.map((entry) => [entry.path, entry]))
    expect(read.volumeName).to.equal('OTHER')
    expect(
      Buffer.from(found.get('SUB/DEEPER/DATA.BIN')?.data() ?? []).equals(dataOf('BOOT/EFI.IMG')),
    ).to.equal(true)
    expect(read.boot).to.deep.equal([{ platform: 0, offset: found.get('BOOT.BIN')?.offset, size: 2048 }])
    source.close()
  })
})
