import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OciImage } from './formats/oci-layout.js'
import { imageLabels, imageOptions, publishFlags, writeImage } from './lib/app-image.js'
import { type Runtime, writeDeployments } from './lib/deployments.js'
import { kvmDrivers } from './lib/drivers.js'
import { writeReadme } from './lib/readme.js'
import type { ImageFile, QemuRecipe } from './lib/recipe.js'
import { sourceDate } from './lib/source-date.js'
import type { Build, BuildFacts, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** A container image that is a virtual machine: urunc, a container runtime, starts what is in it under QEMU. */
const unikernelOci: Target<typeof imageOptions> = {
  name: 'unikernel-oci',
  layer: 'OS-level container',
  summary:
    'container image of the bootable, with the annotations by which urunc runs it as a virtual machine',
  artefact: 'OCI layout, docker-archive, compose.yaml, kubernetes.yaml, nomad.json',
  platform: 'urunc with QEMU, KVM',
  varies: ['engine (containerd, Docker)', 'orchestrator (Compose, Kubernetes, Nomad)'],
  carries: 'elf',
  proof: "booted on the platform's own hardware model",
  options: imageOptions,
  write(build, folder, { registry, labels, replicas }) {
    const kernel = build.bootable(kvmDrivers)
    writeImage(image(build, kernel.bytes, labels), folder, `${build.name}.tar`)
    writeFileSync(join(folder, kernelFile(build)), kernel.bytes)
    writeDeployments(build, folder, { registry, replicas, runtime: urunc })
    writeDebugFiles(build, folder, kernel)
    describe(build, folder, registry)
  },
  // urunc hands the kernel to a QEMU that has its default machine.
  recipe(build, folder) {
    const machine = (image: ImageFile): QemuRecipe => ({
      kind: 'qemu',
      machine: 'pc',
      boot: { from: 'urunc', image },
      nic: 'virtio-net-pci,romfile=',
      rng: undefined,
    })
    return [
      { name: 'layout', recipe: machine({ format: 'oci-layout', file: join(folder, 'layout') }) },
      {
        name: 'docker-archive',
        recipe: machine({ format: 'docker-archive', file: join(folder, `${build.name}.tar`) }),
      },
    ]
  },
}
export default unikernelOci

const kernelFile = ({ name }: BuildFacts): string => `${name}.elf`
const urunc: Runtime = { shim: 'io.containerd.urunc.v2', className: 'urunc' }

function image(build: Build, kernel: Uint8Array, labels: OciImage['labels']): OciImage {
  const annotations = uruncAnnotations(`/${kernelFile(build)}`)
  return {
    reference: `${build.name}:latest`,
    rootfs: [
      { path: kernelFile(build), type: 'file', mode: 0o644, data: kernel },
      { path: 'urunc.json', type: 'file', mode: 0o644, data: uruncFile(annotations) },
      { path: 'usr/share/licenses/NOTICES.txt', type: 'file', mode: 0o644, data: build.notices },
    ],
    entrypoint: ['/init'],
    env: build.env,
    ports: build.ports,
    labels: { ...imageLabels(build), ...labels, ...annotations },
    created: sourceDate(),
    annotations,
    user: '0:0', // of the process that becomes QEMU
  }
}

/** urunc's docs/package: the kernel takes Linux's command line, so it is of that type; its `init=` is the image's entry point. */
function uruncAnnotations(binary: string): Readonly<Record<string, string>> {
  return {
    'com.urunc.unikernel.binary': binary,
    'com.urunc.unikernel.hypervisor': 'qemu',
    'com.urunc.unikernel.unikernelType': 'linux',
    'com.urunc.unikernel.mountRootfs': 'false', // it is in the kernel's file
  }
}

/** The same inside the image, with values in base64, since not every engine hands annotations on. */
function uruncFile(annotations: Readonly<Record<string, string>>): Uint8Array {
  const coded = Object.entries(annotations).map(([key, value]) => [
    key,
    Buffer.from(value).toString('base64'),
  ])
  return new TextEncoder().encode(`${JSON.stringify(Object.fromEntries(coded), null, 2)}\n`)
}

function describe({ name, ports }: Build, folder: string, registry: string): void {
  const publish = publishFlags(ports)
  const introduction = `A container image that urunc starts as a virtual machine. ${name}.elf is what it holds.`
  writeReadme(folder, name, introduction, [
    {
      title: 'containerd',
      commands: [
        `nerdctl load < ${name}.tar`,
        `nerdctl run --rm --runtime ${urunc.shim}${publish} ${name}:latest`,
      ],
    },
    {
      title: 'Kubernetes, Nomad, Compose',
      text: `They take the image from ${registry} (option \`registry\`). The nodes need urunc (urunc.io) and /dev/kvm.`,
      commands: [
        `skopeo copy oci:layout:latest docker://${registry}/${name}:latest`,
        'kubectl apply -f kubernetes.yaml',
        'nomad job run -json nomad.json',
        'docker compose up',
      ],
    },
  ])
}
