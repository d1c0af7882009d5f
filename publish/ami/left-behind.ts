import { UserError } from '../../base/user-error.js'
import type { Aws } from './aws.js'
import { AwsFailure, isInterruption } from './failure.js'
import { deregisterImage } from './image.js'
import { deleteSnapshot } from './snapshot.js'

/** What a run has made so far. */
export interface Made {
  readonly snapshotId?: string
  readonly imageId?: string
}

/** The error with what is left at the service: `state` says how far that is. */
export function tellLeft(error: unknown, aws: Aws, made: Made, state: string): Error {
  const what = made.imageId === undefined ? `the snapshot ${made.snapshotId}` : `the image ${made.imageId}`
  return explained(error, `${what} ${state}; to drop it: ${dropCommands(aws, made)}`)
}

/** Removes what was made; the error then says that, or how to do it by hand. */
export async function removeMade(error: unknown, aws: Aws, made: Made): Promise<Error> {
  const names = [made.imageId, made.snapshotId].filter((name) => name !== undefined)
  if (names.length === 0) return error as Error
  const failure = await tryRemove(aws, made)
  const subject = `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'}`
  return explained(
    error,
    failure === undefined
      ? `${subject} deleted again`
      : `${subject} left and could not be deleted (${failure}): ${dropCommands(aws, made)}`,
  )
}

/** Returns why it could not be done. */
async function tryRemove(aws: Aws, { snapshotId, imageId }: Made): Promise<string | undefined> {
  try {
    if (imageId !== undefined) await deregisterImage(aws, imageId)
    if (snapshotId !== undefined) await deleteSnapshot(aws, snapshotId)
    return undefined
  } catch (error) {
    return error instanceof AwsFailure ? error.code : (error as Error).message
  }
}

function dropCommands({ region }: Aws, { snapshotId, imageId }: Made): string {
  const aws = `aws ec2 --region ${region}`
  const image = imageId === undefined ? [] : [`${aws} deregister-image --image-id ${imageId}`]
  const snapshot = snapshotId === undefined ? [] : [`${aws} delete-snapshot --snapshot-id ${snapshotId}`]
  return [...image, ...snapshot].join(' && ')
}

function explained(error: unknown, more: string): Error {
  if (isInterruption(error)) return new UserError('interrupted', { hint: more, status: 130, cause: error })
  // A mistake of ours keeps its stack.
  if (!(error instanceof UserError))
    return new Error(`${(error as Error).message}; ${more}`, { cause: error })
  const { message, where, hint, status } = error
  return new UserError(message, {
    where,
    hint: hint === undefined ? more : `${hint}; ${more}`,
    status,
    cause: error,
  })
}
