import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { bytesOf } from '../../../../targets/formats/content.js'
import { gunzip } from '../../../../targets/formats/gzip.js'
import { dockerArchive, type OciImage, ociLayout } from '../../../../targets/formats/oci-layout.js'
import { readTar } from '../../../../targets/formats/tar.js'

const image: OciImage = {
  reference: 'hello:latest',
  rootfs: [{ path: 'init', type: 'file', mode: 0o755, data: new Uint8Array(5000).fill(1) }],
  entrypoint: ['/init'],
  env: { PORT: '8080' },
  ports: [8080],
  labels: { 'org.opencontainers.image.title': 'hello' },
}

const parse = (data: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(data))
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')

describe('ociLayout', () => {
  const files = new Map(ociLayout(image).map(({ path, data }) => [path, bytesOf(data)]))
  const blobOf = ({ digest }: { digest: string }) => files.get(`blobs/${digest.replace(':', '/')}`)

  it('names every blob by its digest, and leads from the index to each', () => {
    for (const [path, data] of files)
      if (path.startsWith('blobs/')) expect(path).to.equal(`blobs/sha256/${sha256(data)}`)
    const [named] = parse(files.get('index.json')).manifests
    expect(named.annotations['org.opencontainers.image.ref.name']).to.equal('latest')
    const manifest = parse(blobOf(named))
    for (const item of [named, manifest.config, ...manifest.layers])
      expect(blobOf(item)?.length, item.mediaType).to.equal(item.size)
    expect(files.size).to.equal(5)
  })

  it('says what to run, as whom, and what is in the layer', () => {
    const manifest = parse(blobOf(parse(files.get('index.json')).manifests[0]))
    const config = parse(blobOf(manifest.config))
    expect(config).to.include({ architecture: 'amd64', os: 'linux', created: '1970-01-01T00:00:00Z' })
    expect(config.config).to.deep.include({
      User: '65532:65532',
      Entrypoint: ['/init'],
      Env: ['PORT=8080'],
      ExposedPorts: { '8080/tcp': {} },
    })
    const layer = gunzip(blobOf(manifest.layers[0]) ?? new Uint8Array())
    expect(config.rootfs.diff_ids).to.deep.equal([`sha256:${sha256(layer)}`])
    expect(readTar(layer)).to.deep.equal(image.rootfs)
  })

  it('is the same each time, and takes its time from the caller', () => {
    const again = ociLayout(image).map(({ path, data }) => [path, bytesOf(data)])
    expect(again).to.deep.equal([...files])
    const text = JSON.stringify(
      ociLayout({ ...image, created: 1 }).map(({ data }) => new TextDecoder().decode(bytesOf(data))),
    )
    expect(text).to.contain('1970-01-01T00:00:01Z')
  })
})

describe('dockerArchive', () => {
  it('is the layout with the manifest that docker load wants', () => {
    const files = new Map(readTar(bytesOf(dockerArchive(image))).map(({ path, data }) => [path, data]))
    const [manifest] = parse(files.get('manifest.json'))
    expect(manifest.RepoTags).to.deep.equal(['hello:latest'])
    for (const path of [manifest.Config, ...manifest.Layers])
      expect(files.get(path), path).to.not.equal(undefined)
    for (const { path } of ociLayout(image)) expect([...files.keys()]).to.include(path)
  })
})
