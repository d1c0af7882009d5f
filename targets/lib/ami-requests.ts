import { createHash } from 'node:crypto'
import type { EbsBlocks } from '../formats/ebs-blocks.js'
import type { Options, OptionValues } from './option.js'
import type { Build } from './target.js'

export const amiOptions = {
  bootMode: {
    type: 'choice',
    values: ['uefi-preferred', 'uefi', 'legacy-bios'],
    default: 'uefi-preferred',
    summary: 'firmware of the instances',
  },
  imageName: {
    type: 'text',
    pattern: /^[A-Za-z0-9()[\] ./'@_-]{3,128}$/,
    form: 'of 3 to 128 of the characters that names of AMIs have',
    summary:
      'name of the AMI, of which an account has one only; without it, that of the app and a digest of the disk',
  },
  tags: { type: 'map', summary: 'tags of the AMI and of its snapshot' },
} as const satisfies Options

type Values = OptionValues<typeof amiOptions>

/** What the requests are made of: the build, and its disk. */
export interface AmiFacts {
  readonly build: Build
  readonly blocks: EbsBlocks
}

/** For `aws ebs start-snapshot --cli-input-json` (EBS direct API: StartSnapshot). */
export function startSnapshot(facts: AmiFacts, values: Values): object {
  return {
    VolumeSize: facts.blocks.volumeSize,
    Description: description(facts.build),
    Tags: tags(facts, values),
    Timeout: 24 * 60, // minutes: so long an upload that was cut off can go on
  }
}

/** For `aws ec2 register-image --cli-input-json`, once the snapshot has an identifier. */
export function registerImage(facts: AmiFacts, values: Values): object {
  return {
    // Of its kind only one in an account: so the digest is part of it.
    Name: values.imageName ?? `${facts.build.name.slice(0, 100)}-${facts.blocks.sha256.slice(0, 12)}`,
    Description: description(facts.build),
    Architecture: 'x86_64',
    VirtualizationType: 'hvm',
    RootDeviceName: '/dev/xvda',
    BlockDeviceMappings: [
      {
        DeviceName: '/dev/xvda',
        Ebs: { SnapshotId: 'SNAPSHOT_ID', VolumeType: 'gp3', DeleteOnTermination: true },
      },
    ],
    // Without it EC2 starts the image on no instance of the Nitro generation, whether or not a driver for the card is in it.
    EnaSupport: true,
    BootMode: values.bootMode,
    ImdsSupport: 'v2.0',
    TagSpecifications: [{ ResourceType: 'image', Tags: tags(facts, values) }],
  }
}

/** For `aws ec2 run-instances --cli-input-json`, once the image has an identifier. */
export function runInstances({ build }: AmiFacts): object {
  return {
    ImageId: 'IMAGE_ID',
    InstanceType: 't3.nano',
    MinCount: 1,
    MaxCount: 1,
    MetadataOptions: { HttpTokens: 'required' },
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: build.name }] }],
  }
}

/** What `unik publish ami` must be allowed, and no more: what it deletes bears its tag. */
export function publishPolicy(): object {
  const tagged = { Null: { 'aws:ResourceTag/unik-blocks-sha256': 'false' } }
  const snapshots = 'arn:aws:ec2:*::snapshot/*'
  const images = 'arn:aws:ec2:*::image/*'
  const allow = (
    Sid: string,
    Action: readonly string[],
    Resource: string | readonly string[],
    Condition?: object,
  ) => ({
    ...{ Sid, Effect: 'Allow', Action, Resource },
    ...(Condition === undefined ? {} : { Condition }),
  })
  return {
    Version: '2012-10-17',
    Statement: [
      allow('Upload', ['ebs:StartSnapshot', 'ebs:PutSnapshotBlock', 'ebs:CompleteSnapshot'], snapshots),
      allow('Look', ['ec2:DescribeImages', 'ec2:DescribeSnapshots'], '*'),
      allow('Register', ['ec2:RegisterImage'], [images, snapshots]),
      allow('Tag', ['ec2:CreateTags'], images, { StringEquals: { 'ec2:CreateAction': 'RegisterImage' } }),
      allow('TidyUp', ['ec2:DeleteSnapshot', 'ec2:DeregisterImage'], [images, snapshots], tagged),
    ],
  }
}

function tags({ build, blocks }: AmiFacts, values: Values): object[] {
  const app = build.elf && createHash('sha256').update(build.elf.bytes).digest('hex')
  const all = {
    Name: build.name,
    ...values.tags,
    'unik-blocks-sha256': blocks.sha256, // by which `unik publish` knows snapshot and image again
    ...(app === undefined ? {} : { 'unik-app-sha256': app }),
  }
  return Object.entries(all).map(([Key, Value]) => ({ Key, Value }))
}

/** At most 255 characters of ASCII. */
function description({ name, about }: Build): string {
  return `${name} ${about.version}: ${about.description}`.replaceAll(/[^ -~]/g, '?').slice(0, 255)
}
