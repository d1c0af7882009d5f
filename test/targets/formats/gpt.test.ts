import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../../base/run.js'
import { bytesSource } from '../../../targets/formats/byte-source.js'
import { type Gpt, partitionTypes, readGpt, writeGpt } from '../../../targets/formats/gpt.js'
import { guidFrom } from '../../../targets/formats/guid.js'
import { sparseImage, writeSparseImage } from '../../../targets/formats/sparse-image.js'
import { scratchFolder } from '../../helpers/scratch.js'
import { needReader } from '../../helpers/tool.js'

const MiB = 1 << 20
const gpt: Gpt = {
  diskId: guidFrom('disk'),
  partitions: [
    { type: partitionTypes.efiSystem, id: guidFrom('a'), name: 'EFI system', first: 2048, last: 6143 },
    { type: partitionTypes.linuxData, id: guidFrom('b'), name: 'root', first: 6144, last: 16_350 },
  ],
}

describe('GPT and other readers', () => {
  const scratch = scratchFolder()
  const sgdisk = (...args: string[]) => run(needReader('sgdisk', 'gdisk'), args)

  function writeDisk(name: string): string {
    const file = join(scratch(), name)
    writeSparseImage(file, sparseImage(8 * MiB, writeGpt(gpt, (8 * MiB) / 512)))
    return file
  }

  it('sgdisk finds no problem, and the same partitions', async () => {
    const file = writeDisk('ours')
    expect((await sgdisk('-v', file)).stdout).to.include('No problems found.')
    const { stdout } = await sgdisk('-i', '2', file)
    expect(stdout).to.include(`Partition unique GUID: ${guidFrom('b')}`)
    expect(stdout).to.match(/First sector: 6144 .*\nLast sector: 16350 /)
    expect((await sgdisk('-p', file)).stdout).to.include(`Disk identifier (GUID): ${guidFrom('disk')}`)
  })

  it('7zz lists the partitions by name', async () => {
    const { stdout } = await run(needReader('7zz', '7zip'), ['l', writeDisk('listed')])
    expect(stdout)
      .to.match(/Type = GPT/)
      .and.to.match(/EFI system/)
      .and.to.match(/root/)
  })

  it('we read what sgdisk writes', async () => {
    const file = join(scratch(), 'foreign')
    writeFileSync(file, '')
    truncateSync(file, 8 * MiB)
    await sgdisk(
      '-n',
      '1:2048:4095',
      '-t',
      '1:ef00',
      '-c',
      '1:first',
      '-n',
      '3:4096:0',
      '-c',
      '3:third',
      file,
    )
    const { partitions } = readGpt(bytesSource(readFileSync(file)))
    expect(partitions.map(({ name, first, last }) => `${name} ${first} ${last}`)).to.deep.equal([
      'first 2048 4095',
      'third 4096 16350',
    ])
    expect(partitions[0]?.type).to.equal(partitionTypes.efiSystem)
  })
})
