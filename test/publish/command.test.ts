import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { needProgram } from '../../base/find-program.js'
import { packageRoot } from '../../base/package-root.js'
import { run, start, tryRun } from '../../base/run.js'
import type { Artefact } from '../../cli/pipeline.js'
import { buildAmi } from '../helpers/aws/ami-artefact.js'
import { writeVolume } from '../helpers/aws/cloud.js'
import { type AwsServer, account, type Fault, startAws } from '../helpers/aws/server.js'
import { scratchFolder } from '../helpers/scratch.js'
import { expectServed } from '../helpers/served.js'

describe('unik publish', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  let artefact: Artefact
  let aws: AwsServer
  let fault: (api: string, count: number) => Fault | undefined = () => undefined

  before(async () => {
    artefact = await buildAmi(scratch())
  })
  beforeEach(async () => {
    fault = () => undefined
    aws = await startAws(({ api, count }) => fault(api, count))
  })
  afterEach(() => aws.close())

  /** Nothing of the machine's own settings. */
  const env = () => ({
    PATH: process.env.PATH,
    HOME: scratch(),
    XDG_STATE_HOME: join(scratch(), 'state'),
    AWS_ACCESS_KEY_ID: account.accessKeyId,
    AWS_SECRET_ACCESS_KEY: account.secretAccessKey,
    AWS_REGION: account.region,
    AWS_EC2_METADATA_DISABLED: 'true',
  })
  const words = (...args: string[]) => [join(packageRoot, 'bin/run.js'), 'publish', ...args]
  const unik = (...args: string[]) => tryRun(process.execPath, words(...args), { cwd: scratch(), env: env() })

  it('makes a snapshot that is the disk, byte for byte, and from which the app starts', async () => {
    const { stdout, stderr, exitCode } = await unik('ami', '--endpoint', aws.endpoint, '--json')
    expect(exitCode, stderr).to.equal(0)
    const [snapshot] = [...aws.cloud.snapshots.values()]
    if (snapshot === undefined) throw new Error('no snapshot')
    const { milliseconds, ...published } = JSON.parse(stdout)
    expect(published).to.deep.equal({
      ...{ snapshotId: snapshot.id, imageId: [...aws.cloud.images.keys()][0], region: account.region },
      ...{ blocks: snapshot.blocks.size, bytes: snapshot.blocks.size * 524_288, found: false },
    })
    expect(milliseconds).to.be.within(1, 60_000)
    expect(aws.refusals).to.deep.equal([])

    const volume = join(scratch(), 'volume')
    const converted = join(scratch(), 'converted')
    const image = join(artefact.folder, 'shop.img')
    writeVolume(snapshot, volume)
    const qemuImg = needProgram({ program: 'qemu-img', debianPackage: 'qemu-utils' }, 'read disk images')
    await run(qemuImg, ['convert', '-f', 'raw', '-O', 'raw', image, converted])
    await run('cmp', [volume, converted])

    const copy = join(scratch(), 'volume-artefact')
    mkdirSync(copy)
    cpSync(join(artefact.folder, 'unik.json'), join(copy, 'unik.json'))
    for (const { path } of artefact.files)
      await run('cp', [
        '--sparse=always',
        path === 'shop.img' ? volume : join(artefact.folder, path),
        join(copy, path),
      ])
    await expectServed(copy, String(1 << 24))
  })

  it('takes flags into the requests', async () => {
    const flags = [
      '--name',
      'shop 1.4',
      '--description',
      'the shop',
      '--tag',
      'stage=live',
      '--boot-mode',
      'uefi',
    ]
    const { stdout, exitCode } = await unik('ami', 'dist/ami', '--endpoint', aws.endpoint, ...flags)
    expect(exitCode).to.equal(0)
    const [image] = [...aws.cloud.images.values()]
    const [snapshot] = [...aws.cloud.snapshots.values()]
    expect(image).to.include({ name: 'shop 1.4', bootMode: 'uefi' })
    expect(image?.request.Description).to.equal('the shop')
    const digest = JSON.parse(readFileSync(join(artefact.folder, 'blocks.json'), 'utf8')).sha256
    for (const tags of [image?.tags, snapshot?.tags])
      expect(tags).to.include({
        stage: 'live',
        'unik-blocks-sha256': digest,
      })
    expect(stdout).to.include(`run-instances --region ${account.region} --image-id ${image?.id} `)
  })

  it('is taken up after Ctrl-C: no block is sent twice', async () => {
    fault = (api, count) => (api === 'PutSnapshotBlock' && count > 12 ? 'stalled' : undefined)
    const first = await start(process.execPath, words('ami', '--endpoint', aws.endpoint), {
      cwd: scratch(),
      env: env(),
    })
    let said = ''
    first.stderr.on('data', (piece: Buffer) => {
      said += piece
    })
    while (aws.cloud.acknowledged.length < 12) await new Promise((resolve) => setTimeout(resolve, 10))
    first.kill('SIGINT')
    expect((await first.ended).exitCode).to.equal(130)
    const [snapshotId] = [...aws.cloud.snapshots.keys()]
    expect(said).to.include('error: interrupted\n')
    expect(said).to.match(
      new RegExp(
        `the snapshot ${snapshotId} is kept with 12 of \\d+ blocks: the same command within 24 hours`,
      ),
    )

    fault = () => undefined
    const { stdout, stderr, exitCode } = await unik('ami', '--endpoint', aws.endpoint)
    expect(exitCode, stderr).to.equal(0)
    expect(stderr).to.include(`going on with the snapshot ${snapshotId}: 12 of `)
    const total = Number(/(\d+) blocks sent/.exec(stdout)?.[1]) + 12
    expect(new Set(aws.cloud.acknowledged).size).to.equal(total)
    expect(aws.cloud.acknowledged.length).to.equal(total)
  })

  it('shows what it would send without credentials, and sends nothing', async () => {
    const { stdout, exitCode } = await tryRun(process.execPath, words('ami', '--dry-run', '--json'), {
      cwd: scratch(),
      env: { PATH: process.env.PATH },
    })
    expect(exitCode).to.equal(0)
    const document = JSON.parse(stdout)
    expect(document).to.include({ dryRun: true, region: null, volumeSize: 1 })
    expect(document.requests.map(({ api }: { api: string }) => api)).to.deep.equal([
      ...['ebs:StartSnapshot', 'ebs:PutSnapshotBlock', 'ebs:CompleteSnapshot', 'ec2:RegisterImage'],
    ])
    expect(aws.calls).to.deep.equal([])
  })

  it('explains what is missing or wrong', async () => {
    const explain = async (args: string[], changes: Record<string, string | undefined> = {}) => {
      const all = { ...env(), ...changes }
      const { stdout, exitCode } = await tryRun(process.execPath, words(...args, '--json'), {
        cwd: scratch(),
        env: all,
      })
      return { ...(JSON.parse(stdout) as { error: { message: string; hint?: string } }).error, exitCode }
    }
    const noKeys = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }
    expect(await explain(['ami', '--endpoint', aws.endpoint], noKeys)).to.include({
      ...{ message: 'there are no AWS credentials', exitCode: 1 },
    })
    expect(await explain(['ami'], { AWS_REGION: undefined })).to.include({
      message: 'no AWS region is given',
      exitCode: 1,
    })
    const wrongKey = await explain(['ami', '--endpoint', aws.endpoint], { AWS_SECRET_ACCESS_KEY: 'wrong' })
    expect(wrongKey.hint).to.match(/^the service does not accept these credentials/)
    expect(await explain(['ami', '--name', 'no:colon'])).to.include({ exitCode: 2 })
    expect(await explain(['gce', 'dist/ami'])).to.include({
      message: 'this is an artefact of ami, not of gce',
      exitCode: 2,
    })
    expect(await explain(['amy'])).to.include({
      message: 'no such target: amy, did you mean ami?',
      exitCode: 2,
    })
    expect(await explain(['ami', 'elsewhere'])).to.include({
      message: 'no such artefact: elsewhere',
      exitCode: 1,
    })
  })
})
