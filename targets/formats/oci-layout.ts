import { type Bytes, type Content, contentOf, sha256Of } from './content.js'
import type { ArchiveEntry } from './entry.js'
import { gzipPieces } from './gzip.js'
import { tarPieces } from './tar.js'

/** One image of one layer for linux/amd64. */
export interface OciImage {
  /** `name:tag` under which a container runtime knows it. */
  readonly reference: string
  readonly rootfs: readonly ArchiveEntry[]
  readonly entrypoint: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** TCP ports that the app listens on. */
  readonly ports: readonly number[]
  readonly labels: Readonly<Record<string, string>>
  /** Of the manifest. */
  readonly annotations?: Readonly<Record<string, string>>
  /** Numeric, so that no passwd is needed. Default: "nonroot" of other minimal images. */
  readonly user?: string
  /** Seconds since 1970 (SOURCE_DATE_EPOCH). Default 0. */
  readonly created?: number
}

export interface LayoutFile {
  readonly path: string
  readonly data: Bytes
}

/** The files of an image layout (OCI image spec 1.1, image-layout.md): blobs by digest, index.json, oci-layout. */
export function ociLayout(image: OciImage): readonly LayoutFile[] {
  const { files } = makeLayout(image)
  return files
}

/** The same layout as one tar, with the manifest.json of `docker save`: read by `docker load`, podman and skopeo. */
export function dockerArchive(image: OciImage): Content {
  const { files, config, layer } = makeLayout(image)
  const manifest = [{ Config: config.path, RepoTags: [image.reference], Layers: [layer.path] }]
  const all = [...files, { path: 'manifest.json', data: json(manifest) }]
  const entries = all.map(({ path, data }) => ({ path, data, type: 'file', mode: 0o644 }) as const)
  return contentOf(tarPieces(entries, { mtime: image.created ?? 0 }))
}

interface Blob extends LayoutFile {
  readonly digest: string
}

interface Layout {
  readonly files: readonly LayoutFile[]
  readonly config: Blob
  readonly layer: Blob
}

function makeLayout(image: OciImage): Layout {
  const tar = tarPieces(image.rootfs, { mtime: image.created ?? 0 })
  const layer = blob(gzipPieces(tar))
  const config = blob(json(imageConfig(image, digestOf(contentOf(tar)))))
  const manifest = blob(
    json({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: descriptor(mediaTypes.config, config),
      layers: [descriptor(mediaTypes.layer, layer)],
      ...(image.annotations === undefined ? {} : { annotations: image.annotations }),
    }),
  )
  const named = {
    ...descriptor(mediaTypes.manifest, manifest),
    platform: { architecture: 'amd64', os: 'linux' },
    annotations: { 'org.opencontainers.image.ref.name': image.reference.replace(/^.*:/, '') },
  }
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [named] }
  const files = [
    layer,
    config,
    manifest,
    { path: 'index.json', data: json(index) },
    { path: 'oci-layout', data: json({ imageLayoutVersion: '1.0.0' }) },
  ]
  return { files, config, layer }
}

const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
}

/** config.md of the specification. `diffId`: digest of the layer before compression. */
function imageConfig(image: OciImage, diffId: string): object {
  const created = new Date((image.created ?? 0) * 1000).toISOString().replace('.000Z', 'Z')
  return {
    created,
    architecture: 'amd64',
    os: 'linux',
    config: {
      User: image.user ?? '65532:65532',
      ExposedPorts: Object.fromEntries(image.ports.map((port) => [`${port}/tcp`, {}])),
      Env: Object.entries(image.env).map(([name, value]) => `${name}=${value}`),
      Entrypoint: image.entrypoint,
      WorkingDir: '/',
      Labels: image.labels,
    },
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created, created_by: 'unik build' }],
  }
}

function descriptor(mediaType: string, { digest, data }: Blob): object {
  return { mediaType, digest, size: data.length }
}

function blob(data: Bytes): Blob {
  const digest = digestOf(data)
  return { data, digest, path: `blobs/${digest.replace(':', '/')}` }
}

function digestOf(data: Bytes): string {
  return `sha256:${sha256Of(data)}`
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}
