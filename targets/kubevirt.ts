import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Content, writeContent } from './formats/content.js'
import { type OciImage, ociLayout } from './formats/oci-layout.js'
import { writeQcow2 } from './formats/qcow2.js'
import { imageContent } from './formats/sparse-image.js'
import { bootDisk, diskMemory, writeDisk } from './lib/disk.js'
import { kvmDrivers } from './lib/drivers.js'
import { kvmMachine } from './lib/hypervisors.js'
import type { Options, OptionValues } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import type { BuildFacts, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

const options = {
  registry: {
    type: 'text',
    pattern: /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*$/,
    form: 'a registry, with a path or without',
    default: 'registry.example.com',
    summary: 'where the image is pushed to and taken from',
  },
  runStrategy: {
    type: 'choice',
    values: ['Always', 'RerunOnFailure', 'Manual', 'Halted'],
    default: 'Always',
    summary: 'when KubeVirt keeps the machine running',
  },
} as const satisfies Options

/** A containerDisk: an image for registries whose only file is a disk. */
const kubevirt: Target<typeof options> = {
  name: 'kubevirt',
  layer: 'VM image',
  summary: 'containerDisk (OCI image layout) and a VirtualMachine manifest',
  artefact: 'containerDisk (OCI layout, qcow2), virtual-machine.yaml',
  platform: 'KubeVirt',
  varies: ['firmware (BIOS, UEFI)', 'machine (pc, q35)', 'disk bus (virtio, SCSI)'],
  carries: 'elf',
  proof: "booted on the platform's own hardware model",
  options,
  memory: diskMemory,
  write(build, folder, values) {
    const { image, kernel } = bootDisk(build, kvmDrivers)
    const disk = writeQcow2(image)
    for (const { path, data } of ociLayout(containerDisk(build.name, imageContent(disk)))) {
      mkdirSync(dirname(join(folder, 'layout', path)), { recursive: true })
      writeContent(join(folder, 'layout', path), data)
    }
    writeFileSync(join(folder, 'virtual-machine.yaml'), manifest(build.name, diskMemory(build), values))
    describe(build.name, folder, values.registry)
    writeDebugFiles(build, folder, kernel)
    return writeDisk(folder, `${build.name}.qcow2`, disk)
  },
  recipe(build, folder) {
    const image = { format: 'oci-layout', file: join(folder, 'layout') } as const
    const volume = { file: join(folder, `${build.name}.qcow2`), format: 'qcow2' } as const
    const disk = { ...volume, within: image, file: `disk/${build.name}.qcow2` }
    return [
      { name: 'containerDisk', recipe: kvmMachine('virtio-blk', disk) },
      { name: 'volume', recipe: kvmMachine('virtio-blk', volume) },
    ]
  },
}
export default kubevirt

/** QEMU runs as user 107 there, and writes to a layer of its own. */
function containerDisk(name: string, disk: Content): OciImage {
  return {
    reference: `${name}:latest`,
    rootfs: [{ path: `disk/${name}.qcow2`, type: 'file', mode: 0o444, data: disk }],
    entrypoint: [],
    env: {},
    ports: [],
    labels: { 'org.opencontainers.image.title': name },
    user: '107:107',
  }
}

function manifest(
  name: string,
  { default: memory }: BuildFacts['memory'],
  { registry, runStrategy }: OptionValues<typeof options>,
): string {
  return `apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata:
  name: ${name}
spec:
  runStrategy: ${runStrategy}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      domain:
        machine:
          type: q35
        cpu:
          cores: 1
        memory:
          guest: ${memory}Mi
        devices:
          rng: {}
          disks:
            - name: boot
              disk:
                bus: virtio
          interfaces:
            - name: default
              model: virtio
              masquerade: {}
      networks:
        - name: default
          pod: {}
      volumes:
        - name: boot
          containerDisk:
            image: ${registry}/${name}:latest
`
}

function describe(name: string, folder: string, registry: string): void {
  writeReadme(
    folder,
    `${name} for KubeVirt`,
    `layout/ is an OCI image layout whose image holds /disk/${name}.qcow2. ${name}.qcow2 is the same disk, for a volume that lasts.`,
    [
      {
        title: 'Push and start',
        text: `KubeVirt takes the image from ${registry} (option \`registry\`).`,
        commands: [
          `skopeo copy oci:layout:latest docker://${registry}/${name}:latest`,
          'kubectl apply -f virtual-machine.yaml',
          `virtctl console ${name}`,
        ],
      },
      {
        title: 'On a volume instead',
        commands: [
          `virtctl image-upload pvc ${name} --size=1Gi --image-path=${name}.qcow2 --access-mode=ReadWriteOnce`,
        ],
      },
    ],
  )
}
