import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { requirePackage } from '../../base/require-package.js'
import { type Running, run, start } from '../../base/run.js'
import { freePort } from '../../boot/ports.js'
import type { Artefact } from '../../cli/pipeline.js'
import { buildAmi } from '../helpers/aws/ami-artefact.js'
import { blockSize, writeVolume } from '../helpers/aws/cloud.js'
import { needPython } from '../helpers/python.js'
import { scratchFolder } from '../helpers/scratch.js'

// Against what others made of Amazon's interfaces.
describe('publishing to moto', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  let artefact: Artefact
  let moto: Running | undefined
  let endpoint = ''
  const account = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-central-1' }

  before(async function () {
    const env = needPython(this, 'moto')
    artefact = await buildAmi(scratch())
    const port = await freePort()
    endpoint = `http://127.0.0.1:${port}`
    moto = await start('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
      env: { ...env, MOTO_EC2_LOAD_DEFAULT_AMIS: 'false' },
    })
    await new Promise<void>((resolve, reject) => {
      let said = ''
      moto?.stderr.on('data', (piece: Buffer) => {
        said += piece
        if (said.includes('Running on')) resolve()
      })
      void moto?.ended.then(() => reject(new Error(said)))
    })
  })
  after(() => moto?.kill('SIGKILL'))

  it('makes a snapshot of the disk, byte for byte, and an image', async () => {
    const env = { ...process.env, ...account, XDG_STATE_HOME: join(scratch(), 'state') }
    const words = [join(packageRoot, 'bin/run.js'), 'publish', 'ami', '--endpoint', endpoint, '--json']
    const published = JSON.parse((await run(process.execPath, words, { cwd: scratch(), env })).stdout)
    expect(published).to.include({ region: 'eu-central-1', found: false })
    expect(published.imageId).to.match(/^ami-/)

    const blocks = await readBlocks(published.snapshotId)
    expect(published.blocks).to.equal(blocks.size)
    const volume = join(scratch(), 'volume')
    writeVolume({ volumeSize: 1, blocks }, volume)
    await run('cmp', [volume, join(artefact.folder, 'shop.img')])
  })

  async function readBlocks(SnapshotId: string): Promise<Map<number, Buffer>> {
    const sdk = requirePackage('@aws-sdk/client-ebs')
    const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' }
    const client = new sdk.EBSClient({ endpoint, region: account.AWS_REGION, credentials })
    const { Blocks } = await client.send(new sdk.ListSnapshotBlocksCommand({ SnapshotId }))
    const blocks = new Map<number, Buffer>()
    for (const block of Blocks as { BlockIndex: number; BlockToken: string }[]) {
      const { BlockData } = await client.send(new sdk.GetSnapshotBlockCommand({ SnapshotId, ...block }))
      const data = Buffer.from(await BlockData.transformToByteArray())
      expect(data.length).to.equal(blockSize)
      blocks.set(block.BlockIndex, data)
    }
    client.destroy()
    return blocks
  }
})
