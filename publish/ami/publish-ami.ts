import { UserError } from '../../base/user-error.js'
import { connectAws, type Pace } from './aws.js'
import { AwsFailure, canGoOn, isInterruption } from './failure.js'
import { findImage, needFreeName, registerImage, waitForImage } from './image.js'
import { journalFile, openJournal } from './journal.js'
import { removeMade, tellLeft } from './left-behind.js'
import type { Publication, PublishRequest } from './publication.js'
import { fillSnapshot, findSnapshot, resumeSnapshot, startSnapshot } from './snapshot.js'

export interface PublishedAmi {
  readonly snapshotId: string
  readonly imageId: string
  readonly region: string
  /** Sent by this run, and their bytes. */
  readonly blocks: number
  readonly bytes: number
  /** It was there already. */
  readonly found: boolean
}

const minute = 60_000
const usualPace: Pace = { retry: 200, poll: 500, request: minute, ready: 60 * minute }

/** Makes an image of the disk in the user's account, or finds the one that is there. Nothing half made is left without being told. */
export async function publishAmi(request: PublishRequest): Promise<PublishedAmi> {
  const pace = { ...usualPace, ...request.pace }
  const aws = await connectAws({ ...request, pace })
  const journal = openJournal(
    request.journal ?? journalFile(request.plan.blocks.sha256, aws.region),
    request.plan.blocks.sha256,
  )
  try {
    return await publish({ ...request, aws, journal, pace })
  } catch (error) {
    if (!isInterruption(error)) throw error
    throw new UserError('interrupted', {
      hint: 'the same command goes on from here',
      status: 130,
      cause: error,
    })
  } finally {
    aws.close()
  }
}

async function publish(publication: Publication): Promise<PublishedAmi> {
  const { aws, plan, onStep } = publication
  const { region } = aws
  const known = await findImage(publication)
  if (known?.ImageId !== undefined) {
    onStep(`${known.ImageId} is this image already: nothing is sent`)
    await waitForImage(publication, known.ImageId)
    const snapshotId = known.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? ''
    return { snapshotId, imageId: known.ImageId, region, blocks: 0, bytes: 0, found: true }
  }
  await needFreeName(publication)
  const { snapshotId, sent, ours } = await makeSnapshot(publication)
  const imageId = await makeImage(publication, snapshotId, ours)
  return { snapshotId, imageId, region, blocks: sent, bytes: sent * plan.blocks.blockSize, found: false }
}

interface MadeSnapshot {
  readonly snapshotId: string
  readonly sent: number
  /** This run made it, or went on with one that an earlier run began. */
  readonly ours: boolean
}

async function makeSnapshot(publication: Publication): Promise<MadeSnapshot> {
  const { plan, journal, onStep } = publication
  const known = await findSnapshot(publication)
  if (known !== undefined) {
    onStep(`the snapshot ${known} holds this disk already: no block is sent`)
    journal.remove()
    return { snapshotId: known, sent: 0, ours: false }
  }
  for (let generation = 0; ; generation++) {
    const resumed = await resumeSnapshot(publication)
    const snapshotId = resumed ?? (await startSnapshot(publication, generation))
    const total = plan.blocks.blocks.length
    onStep(
      resumed === undefined
        ? `the snapshot ${snapshotId} gets ${total} blocks`
        : `going on with the snapshot ${snapshotId}: ${journal.sent.size} of ${total} blocks are there`,
    )
    try {
      if (resumed === undefined) journal.begin(snapshotId)
      return { snapshotId, sent: await fillSnapshot(publication, snapshotId), ours: true }
    } catch (error) {
      const isGone = error instanceof AwsFailure && error.kind === 'gone'
      if (!isGone || generation === lastGeneration) throw await endSnapshot(error, publication, snapshotId)
      onStep(`the snapshot ${snapshotId} is no longer there`)
      journal.remove()
    }
  }
}

const lastGeneration = 3

async function endSnapshot(error: unknown, publication: Publication, snapshotId: string): Promise<Error> {
  const { aws, plan, journal } = publication
  if (canGoOn(error)) {
    const share = `${journal.sent.size} of ${plan.blocks.blocks.length} blocks`
    const hours = plan.start.Timeout / 60
    const state = `is kept with ${share}: the same command within ${hours} hours goes on from there (${journal.file})`
    return tellLeft(error, aws, { snapshotId }, state)
  }
  journal.remove()
  return removeMade(error, aws, { snapshotId })
}

async function makeImage(publication: Publication, snapshotId: string, ours: boolean): Promise<string> {
  const { aws, onStep } = publication
  const snapshot = ours ? { snapshotId } : {}
  let imageId: string
  try {
    imageId = await registerImage(publication, snapshotId)
  } catch (error) {
    if (!ours || canGoOn(error))
      throw tellLeft(error, aws, { snapshotId }, 'is complete and kept: the same command registers it')
    throw await removeMade(error, aws, snapshot)
  }
  onStep(`the image ${imageId} is registered`)
  try {
    await waitForImage(publication, imageId)
  } catch (error) {
    if (canGoOn(error))
      throw tellLeft(error, aws, { ...snapshot, imageId }, 'is registered: the same command waits for it')
    throw await removeMade(error, aws, { ...snapshot, imageId })
  }
  return imageId
}
