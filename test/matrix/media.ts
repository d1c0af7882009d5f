import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aboutApp } from '../../cli/config/about.js'
import { optionValues } from '../../cli/config/option-values.js'
import { linkKernels } from '../../cli/link-kernels.js'
import { build as buildArtefacts } from '../../cli/pipeline.js'
import { bytesOf, contentOf } from '../../targets/formats/content.js'
import { guidFrom } from '../../targets/formats/guid.js'
import { writeSparseImage } from '../../targets/formats/sparse-image.js'
import iso from '../../targets/iso.js'
import { bootDisk } from '../../targets/lib/disk.js'
import { pcDrivers } from '../../targets/lib/drivers.js'
import type { Build } from '../../targets/lib/target.js'
import pxe from '../../targets/pxe.js'
import { bootableWith } from '../helpers/bootable.js'

/** What the machines of the matrix start from, all of one app: paths below one folder. */
export interface Media {
  /** The root file system is inside. */
  readonly inside: MediaSet
  /** The kernel reads it from a partition of `disk`, which every one of them starts beside. */
  readonly onDisk: MediaSet
}

export interface MediaSet {
  readonly elf: string
  readonly bzImage: string
  readonly disk: string
  readonly disc: string
  /** Folder for TFTP: boot.ipxe, http.efi. */
  readonly network: string
}

/** Every driver that any cell needs. */
const drivers = pcDrivers

/** Builds them all around the app of `source`, in `folder`. */
export async function makeMedia(source: string, folder: string): Promise<Media> {
  const entry = join(folder, 'http.ts')
  writeFileSync(entry, source)
  const output = join(folder, 'dist')
  await buildArtefacts({ entries: [entry], targets: ['linux'], env: {}, output, cwd: folder })
  const app = readFileSync(join(output, 'linux', 'http'))
  return {
    inside: await makeSet(app, join(folder, 'inside'), false),
    onDisk: await makeSet(app, join(folder, 'on-disk'), true),
  }
}

async function makeSet(app: Uint8Array, folder: string, onDisk: boolean): Promise<MediaSet> {
  const network = join(folder, 'network')
  mkdirSync(network, { recursive: true })
  const build = describe(app, onDisk)
  const disk = join(folder, 'disk.img')
  const image = bootDisk(build, drivers).image
  await writeSparseImage(disk, image)
  const root = onDisk
    ? { root: `PARTUUID=${guidFrom('root', contentOf(build.archive())).toLowerCase()}` }
    : {}
  const boot = build.bootFile(drivers, root)
  const other: Build = { ...build, bootFile: () => boot }
  await iso.write(other, folder, optionValues(iso, {}))
  await pxe.write(other, network, {})
  const bzImage = join(network, 'http.bzimage')
  const elf = onDisk
    ? await bootableWith({ folder, drivers, rootfs: new Uint8Array(), commandLine: `root=${root.root}` })
    : await bootableWith({ folder, drivers, rootfs: bytesOf(contentOf(build.archive())) })
  return { elf, bzImage, disk, disc: join(folder, 'http.iso'), network }
}

/** Beyond 8 MiB a disk has a partition for the root file system: a file of that size makes it so. */
function describe(app: Uint8Array, large: boolean): Build {
  const rootfs = [
    { path: 'init', type: 'file', mode: 0o755, data: app } as const,
    ...(large ? [{ path: 'large', type: 'file', mode: 0o644, data: new Uint8Array(9 << 20) } as const] : []),
  ]
  return {
    name: 'http',
    about: aboutApp('http', {}, {}),
    port: 8080,
    ports: [8080],
    memory: { minimum: 8, default: 64 },
    elf: undefined,
    apps: [],
    bundle: undefined,
    imports: [],
    assets: [],
    sourceMap: undefined,
    rootfs,
    notices: new Uint8Array(),
    standIn: () => new Uint8Array(),
    env: {},
    ...linkKernels(rootfs, ''),
  }
}
