import { createHash } from 'node:crypto'
import { joinBlock, usedBlocks } from './blocks.js'
import type { SparseImage } from './sparse-image.js'

/** What an EBS snapshot of a disk is made from (EBS direct API: PutSnapshotBlock); blocks that are not written read as zero. */
export interface EbsBlocks {
  /** GiB. */
  readonly volumeSize: number
  readonly blockSize: number
  /** Of volume size and blocks, hexadecimal: what has the same is the same disk. */
  readonly sha256: string
  /** Checksum: SHA-256 of the whole block, in Base64. */
  readonly blocks: readonly { readonly index: number; readonly checksum: string }[]
}

const GiB = 2 ** 30
const blockSize = 512 * 1024

export function uploadBlocks(disk: SparseImage): EbsBlocks {
  const volumeSize = Math.ceil(disk.size / GiB)
  const blocks = usedBlocks(disk, blockSize).map((block) => ({
    index: block.index,
    checksum: createHash('sha256').update(joinBlock(block, blockSize)).digest('base64'),
  }))
  const sha256 = createHash('sha256')
    .update(JSON.stringify([volumeSize, blocks]))
    .digest('hex')
  return { volumeSize, blockSize, sha256, blocks }
}
