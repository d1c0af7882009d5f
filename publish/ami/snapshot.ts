import { createHash } from 'node:crypto'
import { UserError } from '../../base/user-error.js'
import { waitUntil } from '../wait-until.js'
import type { SnapshotFacts } from './api.js'
import type { Aws } from './aws.js'
import { AwsFailure, NotReady } from './failure.js'
import { diskTag } from './plan.js'
import type { Publication } from './publication.js'
import { linearChecksum, sendBlocks } from './send-blocks.js'

/** A snapshot of the same disk that an earlier run completed. */
export async function findSnapshot({ aws, plan }: Publication): Promise<string | undefined> {
  const { Snapshots = [] } = await aws.call('DescribeSnapshots', {
    OwnerIds: ['self'],
    Filters: [
      { Name: `tag:${diskTag}`, Values: [plan.blocks.sha256] },
      { Name: 'status', Values: ['completed'] },
    ],
  })
  return Snapshots[0]?.SnapshotId
}

/** The snapshot of the journal, if it is this account's and blocks can yet be sent into it. */
export async function resumeSnapshot({ aws, journal, onStep }: Publication): Promise<string | undefined> {
  const { snapshotId } = journal
  if (snapshotId === undefined) return undefined
  const { Snapshots = [] } = await aws.call('DescribeSnapshots', {
    OwnerIds: ['self'],
    Filters: [{ Name: 'snapshot-id', Values: [snapshotId] }],
  })
  const [facts] = Snapshots
  if (facts !== undefined && facts.State !== 'error') return snapshotId
  onStep(
    `the snapshot ${snapshotId} of the journal ${facts === undefined ? 'is not there' : 'was cancelled'}`,
  )
  if (facts !== undefined) await deleteSnapshot(aws, snapshotId)
  journal.remove()
  return undefined
}

/**
 * Begins a snapshot. By the token the service knows a request that it has answered already; it goes on giving that answer when the
 * snapshot has been deleted since, hence the generation.
 */
export async function startSnapshot({ aws, plan }: Publication, generation: number): Promise<string> {
  const request = JSON.stringify([plan.blocks.sha256, plan.start, generation])
  const token = createHash('sha256').update(request).digest('hex')
  const { SnapshotId } = await aws.call('StartSnapshot', { ...plan.start, ClientToken: token })
  if (SnapshotId === undefined) throw new Error('StartSnapshot answered without a SnapshotId')
  return SnapshotId
}

/** Sends what is missing of the snapshot, completes it and waits until it is. Returns the number of blocks sent. */
export async function fillSnapshot(publication: Publication, snapshotId: string): Promise<number> {
  const { aws, plan, journal, pace, signal, onProgress } = publication
  let sent = 0
  try {
    if (!journal.complete) {
      sent = await sendBlocks(aws, plan, { snapshotId, journal, onProgress })
      await completeSnapshot(publication, snapshotId)
      journal.end()
    }
    const done = await waitUntil(async () => isCompleted(await snapshotFacts(aws, snapshotId), snapshotId), {
      ...{ poll: pace.poll, limit: pace.ready, signal },
    })
    if (!done)
      throw new NotReady(`the snapshot ${snapshotId} is not completed after ${pace.ready / 60_000} minutes`)
  } catch (error) {
    // Another run of the same disk, which the service gave the same snapshot, was quicker.
    const refused = error instanceof AwsFailure && error.kind === 'refused'
    if (!refused || (await snapshotFacts(aws, snapshotId))?.State !== 'completed') throw error
  }
  journal.remove()
  return sent
}

export async function deleteSnapshot(aws: Aws, snapshotId: string): Promise<void> {
  try {
    await aws.call('DeleteSnapshot', { SnapshotId: snapshotId })
  } catch (error) {
    if (!(error instanceof AwsFailure && error.kind === 'gone')) throw error
  }
}

async function completeSnapshot({ aws, plan }: Publication, snapshotId: string): Promise<void> {
  try {
    await aws.call('CompleteSnapshot', {
      SnapshotId: snapshotId,
      ChangedBlocksCount: plan.blocks.blocks.length,
      Checksum: linearChecksum(plan.blocks),
      ChecksumAlgorithm: 'SHA256',
      ChecksumAggregationMethod: 'LINEAR',
    })
  } catch (error) {
    // The answer to an earlier attempt was lost: what is complete cannot be completed. Whether it is so is seen by waiting for it.
    if (!(error instanceof AwsFailure && error.attempts > 1 && error.code === 'ValidationException'))
      throw error
  }
}

async function snapshotFacts(aws: Aws, snapshotId: string): Promise<SnapshotFacts | undefined> {
  const { Snapshots = [] } = await aws.call('DescribeSnapshots', { SnapshotIds: [snapshotId] })
  return Snapshots[0]
}

function isCompleted(facts: SnapshotFacts | undefined, snapshotId: string): boolean {
  if (facts?.State === 'error')
    throw new UserError(
      `the snapshot ${snapshotId} failed: ${facts.StateMessage ?? 'the service gives no reason'}`,
    )
  return facts?.State === 'completed'
}
