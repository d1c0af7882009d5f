import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserError } from '../base/user-error.js'
import type { RootfsEntry } from './formats/entry.js'
import { dockerArchive, type OciImage, ociLayout } from './formats/oci-layout.js'
import type { Build, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** An image from nothing: the app ELF, a small /etc, the licence texts; it runs as an unprivileged user. */
const oci: Target = {
  name: 'oci',
  layer: 'OS-level container',
  summary: 'OCI image layout, and the same as an archive for docker load',
  carries: 'elf',
  proof: 'run as what it is',
  write(build, folder) {
    if (build.elf === undefined)
      throw new UserError('target oci makes an image of an app, not of --rootfs', {
        hint: '--rootfs makes machine images: choose -t qemu',
      })
    const image = describe(build)
    for (const { path, data } of ociLayout(image)) {
      mkdirSync(dirname(join(folder, 'layout', path)), { recursive: true })
      writeFileSync(join(folder, 'layout', path), data)
    }
    writeFileSync(join(folder, `${build.name}.tar`), dockerArchive(image))
    writeDebugFiles(build, folder)
  },
  recipe: (_build, folder) => ({ kind: 'oci', layout: join(folder, 'layout'), reference: 'latest' }),
}
export default oci

function describe(build: Build): OciImage {
  return {
    reference: `${build.name}:latest`,
    rootfs: [...build.rootfs, ...licences(build)],
    entrypoint: ['/init'],
    env: build.env,
    ports: build.port === undefined ? [] : [build.port],
    labels: { 'org.opencontainers.image.title': build.name },
  }
}

function licences(build: Build): RootfsEntry[] {
  const folders = ['usr', 'usr/share', 'usr/share/licenses']
  return [
    ...folders.map((path): RootfsEntry => ({ path, type: 'dir', mode: 0o755 })),
    { path: 'usr/share/licenses/NOTICES.txt', type: 'file', mode: 0o644, data: build.notices },
  ]
}
