import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../../base/run.js'
import { fileSource } from '../../../targets/formats/byte-source.js'
import { type FatOptions, writeFat } from '../../../targets/formats/fat.js'
import { readFat } from '../../../targets/formats/fat-reader.js'
import type { FatFile } from '../../../targets/formats/fat-tree.js'
import { writeSparseImage } from '../../../targets/formats/sparse-image.js'
import { scratchFolder } from '../../helpers/scratch.js'
import { needReader } from '../../helpers/tool.js'

const MiB = 1 << 20
const file = (path: string, size: number): FatFile => ({
  path,
  data: Uint8Array.from({ length: size }, (_, at) => (at * 7 + size) & 0xff),
})
const files: readonly FatFile[] = [
  file('EFI/BOOT/BOOTX64.EFI', 1_300_000),
  file('NOTICES.TXT', 5000),
  file('a name longer than eight.text', 600),
  file('a name longer than others.text', 601),
  file('Ünï.txt', 3),
  file('empty', 0),
  ...Array.from({ length: 70 }, (_, at) => file(`many/file number ${at}`, at * 50)),
]
const plain: FatOptions = { label: 'UNIK', serial: 0x12345678 }
const volumes: Readonly<Record<string, FatOptions>> = {
  FAT12: plain,
  'FAT12 with larger clusters': { ...plain, clusterSize: 2048 },
  FAT16: { ...plain, fixed: { type: 16, bytes: 40 * MiB } },
  FAT32: { ...plain, fixed: { type: 32, bytes: 64 * MiB }, hiddenSectors: 2048 },
}

describe('FAT and other readers', () => {
  const scratch = scratchFolder()

  for (const [name, options] of Object.entries(volumes))
    it(`fsck.fat, mtools and 7zz agree on ${name}`, async () => {
      const image = join(scratch(), name.replaceAll(' ', '-'))
      writeSparseImage(image, writeFat(files, options).image)
      const checked = await run(needReader('fsck.fat', 'dosfstools'), ['-n', '-v', image])
      expect(checked.stdout).to.include(`: ${files.length + 4} files, `)
      expect(checked.stdout).not.to.match(/differ|wrong|bad|lost|corrupt/i)
      const out = `${image}-files`
      mkdirSync(out)
      const mcopy = needReader('mcopy', 'mtools')
      await run(mcopy, ['-s', '-i', image, '::', out], {
        env: { MTOOLS_SKIP_CHECK: undefined, LC_ALL: 'C.UTF-8' },
      })
      for (const { path, data } of files)
        expect(readFileSync(join(out, path)).equals(data), path).to.equal(true)
      const { stdout } = await run(needReader('7zz', '7zip'), ['t', image])
      expect(stdout).to.include('Everything is Ok').and.to.include(`Files: ${files.length}`)
    })

  for (const bits of ['12', '16', '32'])
    it(`we read what mkfs.fat and mcopy write as FAT${bits}`, async () => {
      const image = join(scratch(), `foreign${bits}`)
      writeFileSync(image, '')
      truncateSync(image, { 12: 2, 16: 16, 32: 64 }[bits as '12'] * MiB)
      await run(needReader('mkfs.fat', 'dosfstools'), ['-F', bits, '-n', 'OTHER', image])
      const tree = join(scratch(), `tree${bits}`, 'a folder')
      mkdirSync(tree, { recursive: true })
      writeFileSync(join(tree, 'a file of long name'), 'text')
      writeFileSync(join(tree, 'SHORT.TXT'), Buffer.alloc(100_000, 7))
      await run('mcopy', ['-s', '-i', image, tree, '::'])
      const source = fileSource(image)
      const { label, entries, type } = readFat(source)
      expect({ label, type }).to.deep.equal({ label: 'OTHER', type: Number(bits) })
      const found = Object.fromEntries(entries.map((entry) => [entry.path, Buffer.from(entry.data())]))
      source.close()
      expect(Object.keys(found).sort()).to.deep.equal([
        'a folder',
        'a folder/SHORT.TXT',
        'a folder/a file of long name',
      ])
      expect(found['a folder/a file of long name']?.toString()).to.equal('text')
      expect(found['a folder/SHORT.TXT']?.equals(Buffer.alloc(100_000, 7))).to.equal(true)
    })
})
