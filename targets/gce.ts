import { join } from 'node:path'
import { writeParts } from './formats/content.js'
import { gnuSparseTar } from './formats/gnu-sparse-tar.js'
import { gzipStream } from './formats/gzip.js'
import { bootDisk, diskMemory } from './lib/disk.js'
import { gceDrivers } from './lib/drivers.js'
import { withUefi } from './lib/firmware.js'
import type { Options, OptionValues } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import { sourceDate } from './lib/source-date.js'
import type { Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeJson } from './lib/write-json.js'

const options = {
  family: {
    type: 'text',
    pattern: /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    form: 'of a-z, 0-9 and -',
    summary: 'family of images whose newest this one becomes',
  },
  labels: {
    type: 'map',
    names: {
      pattern: /^[a-z][a-z0-9_-]{0,62}$/,
      form: 'of 1 to 63 of a-z, 0-9, _ and -, with a letter first',
    },
    values: { pattern: /^[a-z0-9_-]{0,63}$/, form: 'of at most 63 of a-z, 0-9, _ and -' },
    summary: 'labels of the image',
  },
  bucket: {
    type: 'text',
    pattern: /^[A-Za-z0-9._-]+$/,
    form: 'the name of a bucket',
    default: 'BUCKET',
    summary: 'bucket that the archive is uploaded to',
  },
} as const satisfies Options

/** disk.raw in a compressed archive, as Compute Engine imports images. Of its network cards gVNIC has no driver yet. */
const gce: Target<typeof options> = {
  name: 'gce',
  layer: 'VM image',
  summary: 'disk.raw in a tar.gz for Compute Engine, and its image request',
  artefact: 'disk.raw in tar.gz, image.json, instance.json',
  platform: 'Google Compute Engine',
  varies: ['disk (SCSI, NVMe)', 'machine family'],
  carries: 'elf',
  proof: 'booted on stand-in hardware',
  options,
  memory: diskMemory,
  write(build, folder, values) {
    const { image, kernel } = bootDisk(build, gceDrivers)
    const archive = gnuSparseTar('disk.raw', image, sourceDate())
    writeParts(join(folder, fileName(build)), gzipStream(archive))
    writeJson(join(folder, 'image.json'), imageRequest(build.name, values))
    writeJson(join(folder, 'instance.json'), instanceRequest(build.name))
    describe(build.name, folder, values)
    writeDebugFiles(build, folder, kernel)
  },
  // An e2 or n1 machine, and one of the third generation, whose network card QEMU has not: virtio's stands in.
  recipe(build, folder) {
    const within = { format: 'tar', file: join(folder, fileName(build)) } as const
    const disk = { from: 'disk', within, file: 'disk.raw', format: 'raw' } as const
    const second = {
      kind: 'qemu',
      machine: 'pc',
      boot: { ...disk, controller: 'virtio-scsi-legacy' },
      disks: 'virtio-scsi-legacy',
      nic: 'virtio-net-pci,disable-modern=on,romfile=',
      rng: 'virtio-rng-pci,disable-modern=on',
    } as const
    const third = {
      kind: 'qemu',
      machine: 'q35',
      boot: { ...disk, controller: 'nvme' },
      disks: 'nvme',
      nic: 'virtio-net-pci,romfile=',
      rng: undefined,
    } as const
    return [
      { name: 'SCSI', recipe: withUefi(second, build) },
      { name: 'NVMe', recipe: withUefi(third, build) },
    ]
  },
}
export default gce

const fileName = ({ name }: { readonly name: string }) => `${name}.tar.gz`

const features = ['UEFI_COMPATIBLE', 'VIRTIO_SCSI_MULTIQUEUE']

type Values = OptionValues<typeof options>

/** Body of compute.images.insert. */
function imageRequest(name: string, { bucket, family, labels }: Values): object {
  return {
    name,
    ...(family === undefined ? {} : { family }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    architecture: 'X86_64',
    guestOsFeatures: features.map((type) => ({ type })),
    rawDisk: { source: `https://storage.googleapis.com/${bucket}/${fileName({ name })}` },
  }
}

/** Body of compute.instances.insert. */
function instanceRequest(name: string): object {
  return {
    name,
    machineType: 'zones/ZONE/machineTypes/e2-micro',
    disks: [{ boot: true, autoDelete: true, initializeParams: { sourceImage: `global/images/${name}` } }],
    networkInterfaces: [
      {
        network: 'global/networks/default',
        accessConfigs: [{ type: 'ONE_TO_ONE_NAT', name: 'External NAT' }],
      },
    ],
  }
}

function describe(name: string, folder: string, { bucket, family, labels }: Values): void {
  const named = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  const more = [
    ...(family === undefined ? [] : [` --family=${family}`]),
    ...(named.length === 0 ? [] : [` --labels=${named.join()}`]),
  ].join('')
  writeReadme(
    folder,
    `${name} for Google Compute Engine`,
    `${fileName({ name })} holds disk.raw, which starts by UEFI and by BIOS. image.json and instance.json are the bodies of images.insert and instances.insert. The option \`bucket\` names the bucket.`,
    [
      {
        title: 'Import and start',
        text: 'Machine types whose only network card is gVNIC (C3 and later) are not served yet; e2 and n1 are.',
        commands: [
          `gcloud storage cp ${fileName({ name })} gs://${bucket}/`,
          `gcloud compute images create ${name} --source-uri=gs://${bucket}/${fileName({ name })} --architecture=X86_64 --guest-os-features=${features.join(',')}${more}`,
          `gcloud compute instances create ${name} --image=${name} --machine-type=e2-micro`,
          `gcloud compute instances get-serial-port-output ${name}`,
        ],
      },
      {
        title: 'The same by the REST interface',
        commands: [
          'compute=https://compute.googleapis.com/compute/v1/projects/PROJECT',
          'post() { curl -fsS -H "Authorization: Bearer $(gcloud auth print-access-token)" -H \'Content-Type: application/json\' -d "@$1" "$2"; }',
          'post image.json "$compute/global/images"',
          'sed s/ZONE/europe-west1-b/ instance.json | post - "$compute/zones/europe-west1-b/instances"',
        ],
      },
    ],
  )
}
