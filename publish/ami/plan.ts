import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../base/user-error.js'
import type { EbsBlocks } from '../../targets/formats/ebs-blocks.js'
import type { RegisterImage, StartSnapshot, Tag } from './api.js'

/** What the user may say of the image. */
export interface AmiOptions {
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly bootMode?: string | undefined
  /** Of snapshot and image. */
  readonly tags?: Readonly<Record<string, string>>
}

/** What is sent, all of it known beforehand but for the snapshot's identifier. */
export interface AmiPlan {
  /** The disk's file. */
  readonly file: string
  readonly blocks: EbsBlocks
  readonly start: StartSnapshot
  readonly register: RegisterImage
}

/** Of an artefact's description what is needed here. */
export interface AmiArtefact {
  readonly folder: string
  readonly files: readonly { readonly path: string }[]
}

/** Of a snapshot and of an image, as `targets/lib/ami-requests.ts` writes it: by this a later run knows them again. */
export const diskTag = 'unik-blocks-sha256'

/** Reads the requests that the artefact carries, with what the user says otherwise. */
export function planAmi({ folder, files }: AmiArtefact, options: AmiOptions = {}): AmiPlan {
  checkOptions(options)
  const read = <T>(name: string) => readRequest<T>(folder, name)
  const disk = files.find(({ path }) => path.endsWith('.img'))
  if (disk === undefined) throw rebuild(folder, 'there is no disk image in it')
  const blocks = read<EbsBlocks>('blocks.json')
  const start = read<StartSnapshot>('start-snapshot.json')
  const register = read<RegisterImage>('register-image.json')
  const tags = Object.entries(options.tags ?? {}).map(([Key, Value]) => ({ Key, Value }))
  if (!start.Tags.some(({ Key, Value }) => Key === diskTag && Value === blocks.sha256))
    throw rebuild(folder, 'start-snapshot.json is of another disk')
  return {
    file: join(folder, disk.path),
    blocks,
    start: { ...start, ...described(options), Tags: mergeTags(start.Tags, tags) },
    register: {
      ...register,
      ...described(options),
      ...(options.name === undefined ? {} : { Name: options.name }),
      ...(options.bootMode === undefined ? {} : { BootMode: options.bootMode }),
      TagSpecifications: (register.TagSpecifications ?? []).map((specification) => ({
        ...specification,
        Tags: mergeTags(specification.Tags, tags),
      })),
    },
  }
}

/** The request with the snapshot in its root device. */
export function registerRequest({ register }: AmiPlan, snapshotId: string): RegisterImage {
  const [root, ...others] = register.BlockDeviceMappings
  if (root === undefined) throw new Error('register-image.json has no block device')
  return {
    ...register,
    BlockDeviceMappings: [{ ...root, Ebs: { ...root.Ebs, SnapshotId: snapshotId } }, ...others],
  }
}

// As EC2 would, after everything is sent.
function checkOptions({ name, description = '' }: AmiOptions): void {
  if (name !== undefined && !/^[\w()[\] ./'@-]{3,128}$/.test(name))
    throw new UserError(
      `--name ${name}: an image's name has 3 to 128 letters, digits, spaces and characters of ()[]./-'@_`,
      { status: 2 },
    )
  if (!/^[ -~]{0,255}$/.test(description))
    throw new UserError('--description: at most 255 characters of ASCII', { status: 2 })
}

function described({ description }: AmiOptions): { readonly Description?: string } {
  return description === undefined ? {} : { Description: description }
}

/** The user's take the place of ours, but for the one that we go by. */
function mergeTags(ours: readonly Tag[], users: readonly Tag[]): Tag[] {
  const all = [...ours, ...users.filter(({ Key }) => Key !== diskTag)]
  return [...new Map(all.map((tag) => [tag.Key, tag])).values()]
}

function readRequest<T>(folder: string, name: string): T {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8')) as T
  } catch (cause) {
    throw rebuild(folder, `${name} cannot be read: ${(cause as Error).message}`)
  }
}

function rebuild(folder: string, why: string): UserError {
  return new UserError(`this artefact cannot be published: ${why}`, {
    where: folder,
    hint: 'build it again with this version: unik build -t ami',
  })
}
