import { type AmiPlan, registerRequest } from '../publish/ami/plan.js'
import type { PublishedAmi } from '../publish/ami/publish-ami.js'
import { sizeText } from './table.js'

/** What publishing would send. */
export interface DryRun {
  readonly dryRun: true
  readonly region: string | null
  readonly name: string
  /** GiB. */
  readonly volumeSize: number
  readonly blocks: number
  readonly bytes: number
  readonly requests: readonly { readonly api: string; readonly input: unknown; readonly times?: number }[]
}

export function dryRun(plan: AmiPlan, region: string | undefined): DryRun {
  const { volumeSize, blockSize, blocks } = plan.blocks
  const later = 'SNAPSHOT_ID'
  return {
    dryRun: true,
    region: region ?? null,
    name: plan.register.Name,
    ...{ volumeSize, blocks: blocks.length, bytes: blocks.length * blockSize },
    requests: [
      { api: 'ebs:StartSnapshot', input: plan.start },
      {
        api: 'ebs:PutSnapshotBlock',
        input: { SnapshotId: later, DataLength: blockSize },
        times: blocks.length,
      },
      { api: 'ebs:CompleteSnapshot', input: { SnapshotId: later, ChangedBlocksCount: blocks.length } },
      { api: 'ec2:RegisterImage', input: registerRequest(plan, later) },
    ],
  }
}

export function dryRunReport({ name, region, volumeSize, blocks, bytes, requests }: DryRun): string {
  const where = region ?? "the environment's or profile's region"
  return [
    `${name} for ${where}: a snapshot of ${volumeSize} GiB, of which ${blocks} blocks (${sizeText(bytes)}) are sent`,
    ...requests.map(
      ({ api, input, times }) =>
        `\n${api}${times === undefined ? '' : ` × ${times}`}\n${JSON.stringify(input, null, 2)}`,
    ),
  ].join('\n')
}

export function amiReport({ register }: AmiPlan, published: Omit<PublishedAmi, 'found'>): string {
  const { snapshotId, imageId, region, blocks, bytes } = published
  return [
    `image     ${imageId}  ${register.Name}, ${register.BootMode}, ${region}`,
    `snapshot  ${snapshotId}  ${blocks} blocks sent, ${sizeText(bytes)}`,
    '',
    'start it:',
    `  aws ec2 run-instances --region ${region} --image-id ${imageId} --instance-type t3.nano`,
    `  aws ec2 get-console-output --region ${region} --latest --output text --instance-id INSTANCE_ID`,
  ].join('\n')
}

/** On a terminal, one line of stderr that changes. */
export function progressLine(total: number): { show(done: number): void; end(): void } {
  if (!process.stderr.isTTY || process.env.CI !== undefined) return { show() {}, end() {} }
  let shown = false
  return {
    show(done) {
      shown = true
      process.stderr.write(`\r${done} of ${total} blocks`)
    },
    end() {
      if (shown) process.stderr.write('\n')
    },
  }
}
