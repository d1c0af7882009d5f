/** The calls of Amazon's services that publishing needs: what is sent, and what is read of the answer. Names are those of the services. */
export interface AwsApis {
  StartSnapshot: [StartSnapshot, { readonly SnapshotId?: string }]
  PutSnapshotBlock: [PutSnapshotBlock, unknown]
  CompleteSnapshot: [CompleteSnapshot, unknown]
  DescribeSnapshots: [Described<'SnapshotIds'>, { readonly Snapshots?: readonly SnapshotFacts[] }]
  DeleteSnapshot: [{ readonly SnapshotId: string }, unknown]
  DescribeImages: [
    Described<'ImageIds'> & { readonly Owners?: string[] },
    { readonly Images?: readonly ImageFacts[] },
  ]
  RegisterImage: [RegisterImage, { readonly ImageId?: string }]
  DeregisterImage: [{ readonly ImageId: string }, unknown]
}

export type AwsApi = keyof AwsApis

/** Those of the EBS direct API; the others are EC2's. */
export const ebsApis: readonly AwsApi[] = ['StartSnapshot', 'PutSnapshotBlock', 'CompleteSnapshot']

export interface Tag {
  readonly Key: string
  readonly Value: string
}

export interface StartSnapshot {
  /** GiB. */
  readonly VolumeSize: number
  readonly Description: string
  readonly Tags: readonly Tag[]
  /** Minutes without a block or the completion after which the service cancels the snapshot. */
  readonly Timeout: number
  readonly ClientToken?: string
}

export interface PutSnapshotBlock {
  readonly SnapshotId: string
  readonly BlockIndex: number
  readonly BlockData: Uint8Array
  readonly DataLength: number
  readonly Checksum: string
  readonly ChecksumAlgorithm: 'SHA256'
  readonly Progress: number
}

export interface CompleteSnapshot {
  readonly SnapshotId: string
  readonly ChangedBlocksCount: number
  readonly Checksum: string
  readonly ChecksumAlgorithm: 'SHA256'
  readonly ChecksumAggregationMethod: 'LINEAR'
}

export interface RegisterImage {
  readonly Name: string
  readonly Description?: string
  readonly BootMode?: string
  readonly BlockDeviceMappings: readonly BlockDevice[]
  readonly TagSpecifications?: readonly { readonly ResourceType: string; readonly Tags: readonly Tag[] }[]
}

export interface BlockDevice {
  readonly DeviceName: string
  readonly Ebs?: { readonly SnapshotId?: string }
}

export interface SnapshotFacts {
  readonly SnapshotId?: string
  /** pending, completed, error … */
  readonly State?: string
  readonly StateMessage?: string
}

export interface ImageFacts {
  readonly ImageId?: string
  readonly Name?: string
  /** pending, available, failed … */
  readonly State?: string
  readonly BootMode?: string
  readonly StateReason?: { readonly Message?: string }
  readonly BlockDeviceMappings?: readonly BlockDevice[]
}

type Described<Ids extends string> = { readonly [K in Ids]?: string[] } & {
  readonly OwnerIds?: string[]
  readonly Filters?: { readonly Name: string; readonly Values: string[] }[]
}
