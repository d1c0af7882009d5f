import { createHash } from 'node:crypto'
import { blockSize, type Cloud, GiB, newId, type Snapshot } from './cloud.js'
import { ServiceError } from './service-error.js'
import type { SignedRequest } from './sigv4.js'

/** What the EBS direct API answers (2019-11-02). */
export interface EbsAnswer {
  readonly status: number
  readonly body: object
  readonly headers?: Readonly<Record<string, string>>
}

/** The operation that a request asks for, or undefined. */
export function ebsOperation({
  method,
  url,
}: SignedRequest): { api: string; snapshotId: string; index: number } | undefined {
  const [, snapshots, id = '', blocks, index = '', more] = url.split('/')
  if (snapshots !== 'snapshots' || more !== undefined) return undefined
  const operation = { snapshotId: id, index: -1 }
  if (method === 'POST' && id === '') return { api: 'StartSnapshot', ...operation }
  if (method === 'POST' && id === 'completion' && blocks !== undefined)
    return { api: 'CompleteSnapshot', snapshotId: blocks, index: -1 }
  if (method === 'PUT' && blocks === 'blocks' && /^\d+$/.test(index))
    return { api: 'PutSnapshotBlock', snapshotId: id, index: Number(index) }
  return undefined
}

export function answerEbs(cloud: Cloud, request: SignedRequest): EbsAnswer {
  const operation = ebsOperation(request)
  if (operation === undefined) throw new ServiceError('UnknownOperationException', request.url, 404)
  const { api, snapshotId, index } = operation
  if (api === 'StartSnapshot') return startSnapshot(cloud, request)
  const snapshot = cloud.snapshots.get(snapshotId)
  if (snapshot === undefined)
    throw new ServiceError(
      'ResourceNotFoundException',
      `${snapshotId} is not there`,
      404,
      'SNAPSHOT_NOT_FOUND',
    )
  if (snapshot.sealed || snapshot.state !== 'pending')
    throw invalid(`${snapshotId} is no longer pending`, 'INVALID_SNAPSHOT_ID')
  return api === 'PutSnapshotBlock'
    ? putBlock(cloud, snapshot, index, request)
    : completeSnapshot(snapshot, request)
}

/** What a request may hold beside what it must. */
const startFields = ['VolumeSize', 'Description', 'Tags', 'Timeout', 'ClientToken']

function startSnapshot(cloud: Cloud, { body, headers }: SignedRequest): EbsAnswer {
  if (headers['content-type'] !== 'application/json') throw invalid('the content is not JSON')
  const { ClientToken: token, ...request } = JSON.parse(body.toString()) as Record<string, unknown>
  const { VolumeSize: volumeSize, Timeout: timeout, Tags: tags = [], Description: description } = request
  const foreign = Object.keys(request).find((key) => !startFields.includes(key))
  if (foreign !== undefined) throw invalid(`unknown field ${foreign}`)
  if (!isWhole(volumeSize, 1, 65_536)) throw invalid(`VolumeSize ${volumeSize}`, 'INVALID_VOLUME_SIZE')
  if (!isWhole(timeout, 10, 4320)) throw invalid(`Timeout ${timeout}`)
  if (typeof description !== 'string' || description.length > 255) throw invalid('Description')
  if (typeof token !== 'string' || !/^[!-~]{1,64}$/.test(token)) throw invalid(`ClientToken ${token}`)
  const asked = JSON.stringify(request)
  const known = cloud.tokens.get(token)
  if (known !== undefined && known.request !== asked)
    throw new ServiceError('ConflictException', 'another request had this token', 409)
  const snapshotId = known?.snapshotId ?? newId('snap')
  if (known === undefined) {
    const values = Object.fromEntries(
      (tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]),
    )
    cloud.tokens.set(token, { request: asked, snapshotId })
    cloud.snapshots.set(snapshotId, {
      ...{ id: snapshotId, volumeSize: Number(volumeSize), tags: values },
      ...{ blocks: new Map(), state: 'pending', sealed: false, patience: 1 },
    })
  }
  return {
    status: 201,
    body: {
      SnapshotId: snapshotId,
      OwnerId: '123456789012',
      Status: 'pending',
      VolumeSize: volumeSize,
      BlockSize: blockSize,
    },
  }
}

function putBlock(
  cloud: Cloud,
  snapshot: Snapshot,
  index: number,
  { headers, body }: SignedRequest,
): EbsAnswer {
  const checksum = createHash('sha256').update(body).digest('base64')
  const progress = headers['x-amz-progress']
  if (index >= (snapshot.volumeSize * GiB) / blockSize) throw invalid(`block ${index}`, 'INVALID_BLOCK')
  if (headers['x-amz-data-length'] !== String(blockSize) || body.length !== blockSize)
    throw invalid(`block ${index}: ${body.length} bytes, x-amz-Data-Length ${headers['x-amz-data-length']}`)
  if (headers['x-amz-checksum-algorithm'] !== 'SHA256') throw invalid('x-amz-Checksum-Algorithm')
  if (headers['x-amz-checksum'] !== checksum)
    throw invalid(`block ${index}: the checksum is not that of its data`)
  if (progress !== undefined && !isWhole(Number(progress), 0, 100))
    throw invalid(`x-amz-Progress ${progress}`)
  if (body.equals(Buffer.alloc(blockSize))) cloud.complaints.push(`block ${index} is zero and was sent`)
  snapshot.blocks.set(index, body)
  cloud.acknowledged.push(index)
  return {
    status: 201,
    body: {},
    headers: { 'x-amz-Checksum': checksum, 'x-amz-Checksum-Algorithm': 'SHA256' },
  }
}

function completeSnapshot(snapshot: Snapshot, { headers }: SignedRequest): EbsAnswer {
  const hash = createHash('sha256')
  for (const [, data] of [...snapshot.blocks].sort(([a], [b]) => a - b))
    hash.update(createHash('sha256').update(data).digest())
  if (headers['x-amz-changedblockscount'] !== String(snapshot.blocks.size))
    throw invalid(
      `x-amz-ChangedBlocksCount is ${headers['x-amz-changedblockscount']}, of ${snapshot.blocks.size}`,
    )
  if (
    headers['x-amz-checksum-algorithm'] !== 'SHA256' ||
    headers['x-amz-checksum-aggregation-method'] !== 'LINEAR'
  )
    throw invalid('x-amz-Checksum-Algorithm, x-amz-Checksum-Aggregation-Method')
  if (headers['x-amz-checksum'] !== hash.digest('base64'))
    throw invalid('the checksum is not that of the blocks')
  snapshot.sealed = true
  return { status: 202, body: { Status: 'pending' } }
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most
}

function invalid(message: string, reason = 'INVALID_PARAMETER_VALUE'): ServiceError {
  return new ServiceError('ValidationException', message, 400, reason)
}
