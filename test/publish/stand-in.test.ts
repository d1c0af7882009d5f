import { createHash } from 'node:crypto'
import { expect } from 'chai'
import type { AwsApi, AwsApis } from '../../publish/ami/api.js'
import { type Aws, connectAws } from '../../publish/ami/aws.js'
import { AwsFailure } from '../../publish/ami/failure.js'
import { type AwsServer, account, startAws } from '../helpers/aws/server.js'

// What the tests of publishing rest on: the stand-in refuses what the services would.
describe('the stand-in for the EBS direct API', function () {
  this.timeout(20_000)
  let server: AwsServer
  let aws: Aws
  let snapshotId = ''
  const data = Buffer.alloc(524_288, 7)
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
  const start = { VolumeSize: 1, Description: 'a disk', Tags: [], Timeout: 60, ClientToken: 'token' }
  const block = () => ({
    ...{ SnapshotId: snapshotId, BlockIndex: 3, BlockData: data, DataLength: data.length, Progress: 0 },
    ...{ Checksum: digest(data).toString('base64'), ChecksumAlgorithm: 'SHA256' as const },
  })
  const end = () => ({
    ...{ SnapshotId: snapshotId, ChangedBlocksCount: 1, Checksum: digest(digest(data)).toString('base64') },
    ...{ ChecksumAlgorithm: 'SHA256' as const, ChecksumAggregationMethod: 'LINEAR' as const },
  })

  const connect = () =>
    connectAws({
      ...{ region: account.region, endpoint: server.endpoint, cwd: process.cwd() },
      ...{ signal: new AbortController().signal, pace: { retry: 1, poll: 1, request: 5_000, ready: 1 } },
    })

  beforeEach(async () => {
    process.env.AWS_ACCESS_KEY_ID = account.accessKeyId
    process.env.AWS_SECRET_ACCESS_KEY = account.secretAccessKey
    server = await startAws()
    aws = await connect()
    snapshotId = (await aws.call('StartSnapshot', start)).SnapshotId ?? ''
  })
  afterEach(() => {
    aws.close()
    server.close()
  })

  async function refused<A extends AwsApi>(api: A, input: AwsApis[A][0]): Promise<string> {
    const error = await aws.call(api, input).catch((reason: unknown) => reason)
    if (error instanceof AwsFailure) return error.code
    throw new Error(`${api} was not refused`)
  }

  it('gives one snapshot for one token, and none for another request with it', async () => {
    expect((await aws.call('StartSnapshot', start)).SnapshotId).to.equal(snapshotId)
    expect(await refused('StartSnapshot', { ...start, VolumeSize: 2 })).to.equal('ConflictException')
  })

  it('takes a block only with its digest, its length and a place in the volume', async () => {
    const wrong = digest(Buffer.from('other')).toString('base64')
    for (const change of [
      { Checksum: wrong },
      { DataLength: 512 },
      { BlockIndex: 2048 },
      { BlockData: data.subarray(1) },
    ])
      expect(await refused('PutSnapshotBlock', { ...block(), ...change })).to.equal('ValidationException')
    expect(await refused('PutSnapshotBlock', { ...block(), SnapshotId: 'snap-0' })).to.equal(
      'ResourceNotFoundException',
    )
    await aws.call('PutSnapshotBlock', { ...block(), BlockIndex: 2047 })
  })

  it('completes a snapshot only with the number and the checksum of its blocks, and takes none after that', async () => {
    await aws.call('PutSnapshotBlock', block())
    const base64 = createHash('sha256').update(digest(data).toString('base64')).digest('base64')
    for (const change of [{ ChangedBlocksCount: 2 }, { Checksum: base64 }])
      expect(await refused('CompleteSnapshot', { ...end(), ...change })).to.equal('ValidationException')
    await aws.call('CompleteSnapshot', end())
    expect(await refused('PutSnapshotBlock', block())).to.equal('ValidationException')
    expect(await refused('CompleteSnapshot', end())).to.equal('ValidationException')
  })

  it('registers no image of a snapshot that is not complete', async () => {
    const request = {
      ...{
        Name: 'shop',
        BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: snapshotId } }],
      },
    }
    expect(await refused('RegisterImage', request)).to.equal('InvalidParameterValue')
  })

  it('reads no request that is signed with another key', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'another'
    aws.close()
    aws = await connect()
    expect(await refused('DescribeImages', {})).to.equal('SignatureDoesNotMatch')
  })
})
