import { closeSync, cpSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { UserError } from '../../base/user-error.js'
import { openArtefact } from '../../cli/artefact.js'
import { type AmiPlan, planAmi } from '../../publish/ami/plan.js'
import type { PublishRequest } from '../../publish/ami/publication.js'
import { type PublishedAmi, publishAmi } from '../../publish/ami/publish-ami.js'
import { buildAmi } from '../helpers/aws/ami-artefact.js'
import { type AwsServer, account, type Fault, startAws } from '../helpers/aws/server.js'
import { ServiceError } from '../helpers/aws/service-error.js'
import { scratchFolder } from '../helpers/scratch.js'

// Against a stand-in of the services: what goes wrong, and what is left of it.
describe('publishing an AMI', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  let plan: AmiPlan
  let aws: AwsServer
  let fault: Parameters<typeof startAws>[0] = () => undefined
  let steps: string[] = []

  before(async () => {
    process.env.AWS_ACCESS_KEY_ID = account.accessKeyId
    process.env.AWS_SECRET_ACCESS_KEY = account.secretAccessKey
    plan = planAmi(await buildAmi(scratch()))
  })
  beforeEach(async () => {
    fault = () => undefined
    steps = []
    aws = await startAws((call) => fault?.(call))
  })
  afterEach(() => aws.close())

  const journal = () => join(scratch(), 'journal')
  const indices = () => plan.blocks.blocks.map(({ index }) => index)
  const count = () => plan.blocks.blocks.length

  const publish = (changes: Partial<PublishRequest> = {}): Promise<PublishedAmi> =>
    publishAmi({
      ...{
        plan,
        named: false,
        region: account.region,
        endpoint: aws.endpoint,
        cwd: scratch(),
        journal: journal(),
      },
      signal: new AbortController().signal,
      pace: { retry: 2, poll: 2, request: 4_000, ready: 20_000 },
      onStep: (text) => steps.push(text),
      onProgress: () => {},
      ...changes,
    })
  const failure = async (changes: Partial<PublishRequest> = {}): Promise<UserError> => {
    const outcome = await publish(changes).catch((error: unknown) => error)
    if (outcome instanceof UserError) return outcome
    throw outcome instanceof Error ? outcome : new Error('it did not fail')
  }
  const expectPublished = (published: PublishedAmi) => {
    const [snapshot] = [...aws.cloud.snapshots.values()]
    const [image] = [...aws.cloud.images.values()]
    expect(aws.cloud.snapshots.size, 'snapshots').to.equal(1)
    expect(aws.cloud.images.size, 'images').to.equal(1)
    expect(published).to.include({ snapshotId: snapshot?.id, imageId: image?.id, region: account.region })
    expect([...(snapshot?.blocks.keys() ?? [])].sort((a, b) => a - b)).to.deep.equal(indices())
    expect(image).to.include({ state: 'available', snapshotId: snapshot?.id, bootMode: 'uefi-preferred' })
    expect(aws.cloud.complaints).to.deep.equal([])
    expect(existsSync(journal()), 'journal').to.equal(false)
  }
  const expectNothingLeft = () => {
    expect([...aws.cloud.snapshots.keys()]).to.deep.equal([])
    expect([...aws.cloud.images.values()].filter(({ state }) => state !== 'deregistered')).to.deep.equal([])
    expect(existsSync(journal()), 'journal').to.equal(false)
  }

  it('sends each block once, some at one time, and no hole', async () => {
    fault = ({ api }) => (api === 'PutSnapshotBlock' ? 50 : undefined)
    expectPublished(await publish())
    expect(aws.refusals).to.deep.equal([])
    expect([...aws.cloud.acknowledged].sort((a, b) => a - b)).to.deep.equal(indices())
    expect(count()).to.be.within(32, 64)
    expect(aws.most()).to.be.within(8, 16)
    const [image] = [...aws.cloud.images.values()]
    expect(image?.tags).to.include({ Name: 'shop', 'unik-blocks-sha256': plan.blocks.sha256 })
    expect(image?.tags['unik-app-sha256']).to.match(/^[0-9a-f]{64}$/)
  })

  const throttled = new ServiceError('RequestThrottledException', 'slow down', 400, 'ACCOUNT_THROTTLED')
  const trouble: Readonly<Record<string, Fault>> = {
    'is throttled': throttled,
    'fails inside': new ServiceError('InternalServerException', 'sorry', 500),
    'is not there': new ServiceError('ServiceUnavailable', 'sorry', 503),
    'resets the connection while it listens': 'cut',
    'does it and resets the connection': 'lost',
    'resets the connection while it answers': 'torn',
    'never answers': 'stalled',
    'times out over a block': new ServiceError('ValidationException', 'late', 400, 'WRITE_REQUEST_TIMEOUT'),
  }
  for (const [name, wrong] of Object.entries(trouble))
    it(`goes on when the service ${name}`, async () => {
      // A block that is never answered takes its time: so it is only one.
      const isHit = (call: number) => (wrong === 'stalled' ? call === 7 : call % 5 === 2)
      fault = ({ api, count }) => (api === 'PutSnapshotBlock' && isHit(count) ? wrong : undefined)
      expectPublished(await publish())
      expect(aws.refusals).to.deep.equal([])
    })

  for (const api of [
    'StartSnapshot',
    'CompleteSnapshot',
    'RegisterImage',
    'DescribeSnapshots',
    'DescribeImages',
  ])
    it(`makes nothing twice when the answer to ${api} is lost`, async () => {
      fault = (call) => (call.api === api && call.count === 1 ? 'lost' : undefined)
      expectPublished(await publish())
    })

  it('finds the image that it made before, and sends nothing', async () => {
    const first = await publish()
    const sent = aws.cloud.acknowledged.length
    expect(await publish()).to.deep.equal({ ...first, blocks: 0, bytes: 0, found: true })
    expect(aws.cloud.acknowledged.length).to.equal(sent)
    expect(steps.at(-1)).to.equal(`${first.imageId} is this image already: nothing is sent`)
  })

  it('registers the same disk under another name without sending it again', async () => {
    const first = await publish()
    const other = { ...plan, register: { ...plan.register, Name: 'other name' } }
    const second = await publish({ plan: other, named: true })
    expect(second).to.deep.include({ snapshotId: first.snapshotId, blocks: 0 })
    expect(second.imageId).not.to.equal(first.imageId)
    expect(aws.cloud.images.get(second.imageId)?.name).to.equal('other name')
  })

  it('says before it sends anything that another image has the name', async () => {
    await publish()
    for (const image of aws.cloud.images.values()) Object.assign(image, { tags: {} })
    expect((await failure()).message).to.match(/^ami-\w+ has the name shop-\w{12} and is not this image$/)
    expect(aws.calls.filter(({ api }) => api === 'StartSnapshot').length).to.equal(1)
  })

  it('keeps what it sent when the service stays away, and goes on from there', async () => {
    fault = ({ api, count }) => (api === 'PutSnapshotBlock' && count > 20 ? throttled : undefined)
    const { message, hint } = await failure()
    expect(message).to.equal(
      'PutSnapshotBlock failed (tried 8 times): RequestThrottledException, ACCOUNT_THROTTLED: slow down',
    )
    const [snapshotId] = [...aws.cloud.snapshots.keys()]
    expect(hint).to.equal(
      `run the same command again; the snapshot ${snapshotId} is kept with 20 of ${count()} blocks: the same command within 24 hours goes on from there (${journal()}); to drop it: aws ec2 --region ${account.region} delete-snapshot --snapshot-id ${snapshotId}`,
    )
    fault = () => undefined
    const published = await publish()
    expectPublished(published)
    expect(published.blocks).to.equal(count() - 20)
    expect([...aws.cloud.acknowledged].sort((a, b) => a - b)).to.deep.equal(indices())
  })

  it('goes on with new credentials when the old ones expire', async () => {
    const expired = new ServiceError(
      'ExpiredTokenException',
      'The security token included in the request is expired',
      403,
    )
    fault = ({ api, count }) => (api === 'PutSnapshotBlock' && count > 9 ? expired : undefined)
    expect((await failure()).hint).to.match(/^get new credentials .*9 of /)
    fault = () => undefined
    expectPublished(await publish())
    expect(aws.cloud.acknowledged.length).to.equal(count())
  })

  it('waits for a snapshot that an earlier run completed', async () => {
    const controller = new AbortController()
    fault = ({ api }) => {
      if (api === 'CompleteSnapshot') for (const each of aws.cloud.snapshots.values()) each.patience = 4
      if (api === 'DescribeSnapshots' && aws.calls.some((call) => call.api === 'CompleteSnapshot'))
        controller.abort()
      return undefined
    }
    expect(await failure({ signal: controller.signal })).to.include({ message: 'interrupted', status: 130 })
    fault = () => undefined
    expectPublished(await publish())
    expect(aws.calls.filter(({ api }) => api === 'CompleteSnapshot').length).to.equal(1)
    expect(aws.cloud.acknowledged.length).to.equal(count())
  })

  it('begins anew when the snapshot of the journal, and the one that the token gives, are gone', async () => {
    fault = ({ api, count }) => (api === 'PutSnapshotBlock' && count > 5 ? throttled : undefined)
    await failure()
    const [snapshotId] = [...aws.cloud.snapshots.keys()]
    aws.cloud.snapshots.clear()
    fault = () => undefined
    expectPublished(await publish())
    expect(steps).to.include(`the snapshot ${snapshotId} of the journal is not there`)
    expect(steps).to.include(`the snapshot ${snapshotId} is no longer there`)
  })

  it('begins anew when the service has cancelled the snapshot of the journal, and deletes that', async () => {
    fault = ({ api, count }) => (api === 'PutSnapshotBlock' && count > 5 ? throttled : undefined)
    await failure()
    for (const snapshot of aws.cloud.snapshots.values()) snapshot.state = 'error'
    fault = () => undefined
    const published = await publish()
    expectPublished(published)
    expect(published.blocks).to.equal(count())
  })

  it('is content with a snapshot that another run completed meanwhile', async () => {
    fault = ({ api, count }) => {
      if (api === 'PutSnapshotBlock' && count === 20) {
        const [snapshot] = [...aws.cloud.snapshots.values()]
        Object.assign(snapshot ?? {}, { sealed: true, state: 'completed' })
      }
      return undefined
    }
    const { imageId } = await publish()
    expect(aws.cloud.images.get(imageId)?.state).to.equal('available')
  })

  it('sends nothing when it is interrupted before', async () => {
    expect(await failure({ signal: AbortSignal.abort() })).to.include({ message: 'interrupted', status: 130 })
    expect(aws.calls).to.deep.equal([])
  })

  const denied = (code: string, status = 403) => new ServiceError(code, 'no', status)
  const refusals: readonly [api: string, wrong: ServiceError, hint: RegExp][] = [
    [
      'PutSnapshotBlock',
      denied('AccessDeniedException'),
      /^allow the action ebs:PutSnapshotBlock; .*is deleted again$/,
    ],
    ['CompleteSnapshot', denied('ValidationException', 400), /^snap-\w+ is deleted again$/],
    [
      'RegisterImage',
      denied('UnauthorizedOperation'),
      /^allow the action ec2:RegisterImage; .*is deleted again$/,
    ],
    [
      'RegisterImage',
      denied('ResourceLimitExceeded', 400),
      /^delete snapshots or images .*is deleted again$/,
    ],
  ]
  for (const [api, wrong, hint] of refusals)
    it(`leaves nothing when ${api} is refused with ${wrong.code}`, async () => {
      fault = (call) =>
        call.api === api && (api !== 'PutSnapshotBlock' || call.count === 7) ? wrong : undefined
      const error = await failure()
      expect(error.message).to.equal(`${api} failed: ${wrong.code}: no`)
      expect(error.hint).to.match(hint)
      expectNothingLeft()
    })

  for (const [api, code, hint] of [
    ['DescribeImages', 'UnauthorizedOperation', /^allow the action ec2:DescribeImages; /],
    ['StartSnapshot', 'AccessDeniedException', /^allow the action ebs:StartSnapshot; /],
    ['StartSnapshot', 'ServiceQuotaExceededException', /quota/],
    ['DescribeImages', 'AuthFailure', /^the service does not accept these credentials/],
  ] as const)
    it(`explains ${code} of ${api}`, async () => {
      fault = (call) => (call.api === api ? denied(code) : undefined)
      expect((await failure()).hint).to.match(hint)
      expectNothingLeft()
    })

  it('takes back an image that fails after it was registered', async () => {
    fault = () => {
      for (const image of aws.cloud.images.values()) if (image.state === 'pending') image.state = 'failed'
      return undefined
    }
    expect((await failure()).hint).to.match(/^ami-\w+ and snap-\w+ are deleted again$/)
    expectNothingLeft()
  })

  it('says what it could not delete, and how that is done', async () => {
    fault = ({ api }) =>
      api === 'RegisterImage' || api === 'DeleteSnapshot' ? denied('UnauthorizedOperation') : undefined
    const { hint } = await failure()
    const [snapshotId] = [...aws.cloud.snapshots.keys()]
    expect(hint).to.include(
      `${snapshotId} is left and could not be deleted (UnauthorizedOperation): aws ec2 --region ${account.region} delete-snapshot --snapshot-id ${snapshotId}`,
    )
  })

  it('sends no block that is not the one that was built', async () => {
    const copy = join(scratch(), 'copy')
    cpSync(join(scratch(), 'dist/ami'), copy, { recursive: true })
    const changed = planAmi(openArtefact(copy, scratch()))
    const handle = openSync(changed.file, 'r+')
    writeSync(
      handle,
      Buffer.from('x'),
      0,
      1,
      (changed.blocks.blocks[3]?.index ?? 0) * changed.blocks.blockSize,
    )
    closeSync(handle)
    expect((await failure({ plan: changed })).message).to.match(
      /^block \d+ of the disk is not the one that unik built$/,
    )
    expectNothingLeft()
  })

  it('writes over no file that is not a journal', async () => {
    const file = join(scratch(), 'app.ts')
    const content = readFileSync(file, 'utf8')
    expect((await failure({ journal: file })).message).to.match(/^this file is not the journal/)
    expect(readFileSync(file, 'utf8')).to.equal(content)
    expect(aws.calls).to.deep.equal([])
  })
})
