import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { writeContent } from '../formats/content.js'
import type { RootfsEntry } from '../formats/entry.js'
import { dockerArchive, type OciImage, ociLayout } from '../formats/oci-layout.js'
import type { Options } from './option.js'
import { sourceDate } from './source-date.js'
import type { Build } from './target.js'

/** Options of every row that is a container image of the app. */
export const imageOptions = {
  registry: {
    type: 'text',
    pattern: /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*$/,
    form: 'a registry, with a path or without',
    default: 'registry.example.com',
    summary: 'where the image is pushed to and taken from',
  },
  labels: { type: 'map', summary: 'further labels of the image' },
  replicas: {
    type: 'integer',
    minimum: 0,
    maximum: 1000,
    default: 2,
    summary: 'how many Kubernetes runs of a server',
  },
} as const satisfies Options

/** The app as a container image from nothing: the app ELF at /init, a small /etc, the licence texts. */
export function appImage(
  build: Build,
  { labels = {}, user }: { labels?: OciImage['labels']; user?: string } = {},
): OciImage {
  return {
    reference: `${build.name}:latest`,
    rootfs: [...build.rootfs, ...licences(build)],
    entrypoint: ['/init'],
    env: build.env,
    ports: build.ports,
    labels: { ...imageLabels(build), ...labels },
    created: sourceDate(),
    ...(user === undefined ? {} : { user }),
  }
}

/** The annotation keys of the OCI image specification, which engines show. */
export function imageLabels({ name, about }: Build): Readonly<Record<string, string>> {
  return {
    'org.opencontainers.image.title': name,
    'org.opencontainers.image.version': about.version,
    'org.opencontainers.image.description': about.description,
    'org.opencontainers.image.licenses': about.licence,
    ...(about.homepage === undefined ? {} : { 'org.opencontainers.image.url': about.homepage }),
  }
}

/** Of `docker run`: each port under the same number. */
export function publishFlags(ports: readonly number[]): string {
  return ports.map((port) => ` -p ${port}:${port}`).join('')
}

/** The image as a layout in the folder `layout`, and as `archive` for docker load. */
export function writeImage(image: OciImage, folder: string, archive: string): void {
  for (const { path, data } of ociLayout(image)) {
    const file = join(folder, 'layout', path)
    mkdirSync(dirname(file), { recursive: true })
    writeContent(file, data)
  }
  writeContent(join(folder, archive), dockerArchive(image))
}

function licences(build: Build): RootfsEntry[] {
  const folders = ['usr', 'usr/share', 'usr/share/licenses']
  return [
    ...folders.map((path): RootfsEntry => ({ path, type: 'dir', mode: 0o755 })),
    { path: 'usr/share/licenses/NOTICES.txt', type: 'file', mode: 0o644, data: build.notices },
  ]
}
