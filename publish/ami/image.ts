import { UserError } from '../../base/user-error.js'
import { waitUntil } from '../wait-until.js'
import type { ImageFacts } from './api.js'
import type { Aws } from './aws.js'
import { AwsFailure, NotReady } from './failure.js'
import { diskTag, registerRequest } from './plan.js'
import type { Publication } from './publication.js'

/** An image of the same disk, of the name that the user wants if one was given, and of the same boot mode. */
export async function findImage(publication: Publication): Promise<ImageFacts | undefined> {
  const { plan, named } = publication
  const images = await ownImages(publication.aws, `tag:${diskTag}`, plan.blocks.sha256)
  return images.find(
    ({ Name, BootMode, State }) =>
      (!named || Name === plan.register.Name) &&
      BootMode === plan.register.BootMode &&
      (State === 'available' || State === 'pending'),
  )
}

/** Says so before anything is sent when the name is another image's. */
export async function needFreeName({ aws, plan }: Publication): Promise<void> {
  const [other] = await ownImages(aws, 'name', plan.register.Name)
  if (other === undefined) return
  throw new UserError(`${other.ImageId} has the name ${plan.register.Name} and is not this image`, {
    where: aws.region,
    hint: 'choose another name: --name NAME',
  })
}

export async function registerImage({ aws, plan }: Publication, snapshotId: string): Promise<string> {
  try {
    const { ImageId } = await aws.call('RegisterImage', registerRequest(plan, snapshotId))
    if (ImageId !== undefined) return ImageId
  } catch (error) {
    // The answer to an earlier attempt was lost.
    const again =
      error instanceof AwsFailure && error.attempts > 1 && error.code === 'InvalidAMIName.Duplicate'
    const made = again ? (await ownImages(aws, 'name', plan.register.Name)).find(isOf(snapshotId)) : undefined
    if (made?.ImageId === undefined) throw error
    return made.ImageId
  }
  throw new Error('RegisterImage answered without an ImageId')
}

/** Just registered, an image may for some seconds be unknown. */
export async function waitForImage({ aws, pace, signal }: Publication, imageId: string): Promise<void> {
  const ask = async () => isAvailable(await imageFacts(aws, imageId), imageId)
  if (await waitUntil(ask, { poll: pace.poll, limit: pace.ready, signal })) return
  throw new NotReady(`the image ${imageId} is not available after ${pace.ready / 60_000} minutes`)
}

export async function deregisterImage(aws: Aws, imageId: string): Promise<void> {
  try {
    await aws.call('DeregisterImage', { ImageId: imageId })
  } catch (error) {
    if (!(error instanceof AwsFailure && error.kind === 'gone')) throw error
  }
}

async function ownImages(aws: Aws, filter: string, value: string): Promise<readonly ImageFacts[]> {
  const request = { Owners: ['self'], Filters: [{ Name: filter, Values: [value] }] }
  return (await aws.call('DescribeImages', request)).Images ?? []
}

async function imageFacts(aws: Aws, imageId: string): Promise<ImageFacts | undefined> {
  try {
    return (await aws.call('DescribeImages', { ImageIds: [imageId] })).Images?.[0]
  } catch (error) {
    if (error instanceof AwsFailure && error.kind === 'gone') return undefined
    throw error
  }
}

function isAvailable(facts: ImageFacts | undefined, imageId: string): boolean {
  if (facts?.State !== undefined && !['pending', 'available'].includes(facts.State))
    throw new UserError(
      `the image ${imageId} is ${facts.State}: ${facts.StateReason?.Message ?? 'the service gives no reason'}`,
    )
  return facts?.State === 'available'
}

const isOf = (snapshotId: string) => (image: ImageFacts) =>
  image.BlockDeviceMappings?.some(({ Ebs }) => Ebs?.SnapshotId === snapshotId)
