import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { UserError } from '../../base/user-error.js'
import type { EbsBlocks } from '../../targets/formats/ebs-blocks.js'
import { forEachParallel } from '../for-each-parallel.js'
import type { Aws } from './aws.js'
import type { Journal } from './journal.js'
import type { AmiPlan } from './plan.js'

/** Blocks under way at one time, so also in memory: 8 MiB. The service takes 1,000 a second. */
const parallel = 16

/** Sends the blocks that the journal does not have, each read when its turn comes; what is zero is neither read nor sent. Returns how many it sent. */
export async function sendBlocks(
  aws: Aws,
  plan: AmiPlan,
  {
    snapshotId,
    journal,
    onProgress,
  }: { snapshotId: string; journal: Journal; onProgress(sent: number): void },
): Promise<number> {
  const { blocks, blockSize } = plan.blocks
  const missing = blocks.filter(({ index }) => !journal.sent.has(index))
  const disk = await open(plan.file, 'r')
  try {
    await forEachParallel(missing, parallel, async ({ index, checksum }) => {
      const data = await readBlock(disk, index, blockSize)
      if (sha256(data) !== checksum)
        throw new UserError(`block ${index} of the disk is not the one that unik built`, {
          where: plan.file,
          hint: 'build it again',
        })
      await aws.call('PutSnapshotBlock', {
        SnapshotId: snapshotId,
        BlockIndex: index,
        BlockData: data,
        DataLength: blockSize,
        Checksum: checksum,
        ChecksumAlgorithm: 'SHA256',
        Progress: Math.floor((100 * journal.sent.size) / blocks.length),
      })
      journal.add(index)
      onProgress(journal.sent.size)
    })
  } finally {
    await disk.close()
  }
  return missing.length
}

/**
 * Of all blocks: the digest of their digests, one after another as bytes, by index (ChecksumAggregationMethod LINEAR). The reference says
 * "checksums … as a single string"; that bytes are meant, and not Base64, shows Amazon's own uploader, coldsnap.
 */
export function linearChecksum({ blocks }: EbsBlocks): string {
  const hash = createHash('sha256')
  for (const { checksum } of [...blocks].sort((a, b) => a.index - b.index))
    hash.update(Buffer.from(checksum, 'base64'))
  return hash.digest('base64')
}

async function readBlock(disk: FileHandle, index: number, size: number): Promise<Uint8Array> {
  const data = Buffer.alloc(size)
  for (let done = 0; done < size; ) {
    const { bytesRead } = await disk.read(data, done, size - done, index * size + done)
    if (bytesRead === 0) break // behind the disk's end a block is zero
    done += bytesRead
  }
  return data
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('base64')
}
