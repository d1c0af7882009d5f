import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { run, tryRun } from '../../../base/run.js'
import { writeContent } from '../../../targets/formats/content.js'
import { dockerArchive, type OciImage, ociLayout } from '../../../targets/formats/oci-layout.js'
import { scratchFolder } from '../../helpers/scratch.js'
import { needReader, needTool } from '../../helpers/tool.js'

/** busybox stands for the app: it says who it is, and ends with a status that nothing else gives. */
async function makeImage(): Promise<OciImage> {
  const busybox = readFileSync(needReader('busybox', 'busybox-static'))
  return {
    reference: 'sample:latest',
    rootfs: [
      { path: 'bin/busybox', type: 'file', mode: 0o755, data: busybox },
      { path: 'bin/sh', type: 'symlink', mode: 0o777, target: 'busybox' },
      {
        path: 'etc/passwd',
        type: 'file',
        mode: 0o644,
        data: new TextEncoder().encode('app:x:65532:65532::/:/\n'),
      },
    ],
    entrypoint: ['/bin/sh', '-c', 'echo "uid $(busybox id -u) port $PORT"; exit 42'],
    env: { PORT: '8080' },
    ports: [8080],
    labels: { 'org.opencontainers.image.title': 'sample' },
  }
}

describe('OCI layout and other readers', () => {
  const scratch = scratchFolder()
  let image: OciImage
  before(async function () {
    needTool(this, 'busybox', 'busybox-static')
    image = await makeImage()
    for (const { path, data } of ociLayout(image)) {
      mkdirSync(dirname(join(scratch(), 'layout', path)), { recursive: true })
      writeContent(join(scratch(), 'layout', path), data)
    }
    writeContent(join(scratch(), 'archive.tar'), dockerArchive(image))
  })

  for (const source of ['oci:layout:latest', 'docker-archive:archive.tar', 'oci-archive:archive.tar'])
    it(`skopeo inspects and copies ${source}`, async () => {
      const skopeo = needReader('skopeo', 'skopeo')
      const { stdout } = await run(skopeo, ['inspect', '--config', source], { cwd: scratch() })
      const { architecture, config } = JSON.parse(stdout) as {
        architecture: string
        config: Record<string, unknown>
      }
      expect(architecture).to.equal('amd64')
      expect(config).to.deep.include({
        User: '65532:65532',
        Entrypoint: image.entrypoint,
        Labels: image.labels,
      })
      const target = `dir:${source.replace(/:.*/, '')}-copy`
      await run(skopeo, ['copy', '--insecure-policy', source, target], { cwd: scratch() })
    })

  it('umoci unpacks it, and runc runs it as a user who is not root', async () => {
    const umoci = needReader('umoci', 'umoci')
    const runc = needReader('runc', 'runc')
    const bundle = join(scratch(), 'bundle')
    await run(umoci, ['unpack', '--image', join(scratch(), 'layout:latest'), bundle])
    withoutTerminal(join(bundle, 'config.json'))
    const name = `unik-test-${process.pid}`
    const ran = await tryRun(runc, ['--root', join(scratch(), 'runc'), 'run', '-b', bundle, name])
    expect(ran.stderr).to.equal('')
    expect(ran.stdout).to.equal('uid 65532 port 8080\n')
    expect(ran.exitCode).to.equal(42)
  })
})

/** The bundle that umoci writes asks for a terminal. */
function withoutTerminal(file: string): void {
  const config = JSON.parse(readFileSync(file, 'utf8')) as { process: { terminal: boolean } }
  config.process.terminal = false
  writeFileSync(file, JSON.stringify(config))
}
