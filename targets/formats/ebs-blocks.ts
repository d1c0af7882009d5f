import { createHash } from 'node:crypto'
import { joinBlock, usedBlocks } from './blocks.js'
import type { SparseImage } from './sparse-image.js'

/** What an EBS snapshot of a disk is made from (EBS direct API: PutSnapshotBlock); blocks that are not written read as zero. */
export interface EbsBlocks {
  /** GiB. */
  readonly volumeSize: number
  readonly blockSize: number
  /** Checksum: SHA-256 of the whole block, in Base64. */
  readonly blocks: readonly { readonly index: number; readonly checksum: string }[]
}

const GiB = 2 ** 30
const blockSize = 512 * 1024

export function uploadBlocks(disk: SparseImage): EbsBlocks {
  return {
    volumeSize: Math.ceil(disk.size / GiB),
    blockSize,
    blocks: usedBlocks(disk, blockSize).map((block) => ({
      index: block.index,
      checksum: createHash('sha256').update(joinBlock(block, blockSize)).digest('base64'),
    })),
  }
}
