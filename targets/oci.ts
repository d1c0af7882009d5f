import { join } from 'node:path'
import { appImage, imageOptions, publishFlags, writeImage } from './lib/app-image.js'
import { writeDeployments } from './lib/deployments.js'
import { needApp } from './lib/need-app.js'
import type { Options } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import type { Build, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

const options = {
  ...imageOptions,
  user: {
    type: 'text',
    pattern: /^\d+(:\d+)?$/,
    form: 'a number, or two as in 1000:1000',
    default: '65532:65532',
    summary: 'user and group that the app runs as',
  },
} as const satisfies Options

/** An image from nothing: the app ELF, a small /etc, the licence texts; it runs as an unprivileged user. */
const oci: Target<typeof options> = {
  name: 'oci',
  layer: 'OS-level container',
  summary: 'OCI image layout, the same as an archive for docker load; Compose, Kubernetes and Nomad files',
  artefact: 'OCI layout, docker-archive, compose.yaml, kubernetes.yaml, nomad.json',
  platform: 'container engines on x86_64 Linux',
  varies: ['engine (Docker, Podman, containerd)', 'orchestrator (Compose, Kubernetes, Nomad)'],
  carries: 'elf',
  proof: 'run as what it is',
  options,
  write(build, folder, { registry, labels, replicas, user }) {
    needApp(build, 'oci')
    writeImage(appImage(build, { labels, user }), folder, `${build.name}.tar`)
    writeDeployments(build, folder, { registry, replicas, user })
    writeDebugFiles(build, folder)
    describe(build, folder, registry)
  },
  recipe: (build, folder) => [
    {
      name: 'layout',
      recipe: { kind: 'oci', image: { format: 'oci-layout', file: join(folder, 'layout') } },
    },
    {
      name: 'docker-archive',
      recipe: { kind: 'oci', image: { format: 'docker-archive', file: join(folder, `${build.name}.tar`) } },
    },
  ],
}
export default oci

function describe({ name, ports }: Build, folder: string, registry: string): void {
  const publish = publishFlags(ports)
  writeReadme(
    folder,
    name,
    'The app as a container image from nothing, which runs as an unprivileged user.',
    [
      {
        title: 'Docker, Podman',
        commands: [
          `docker load < ${name}.tar`,
          `docker run --rm${publish} ${name}:latest`,
          '# or: docker compose up',
        ],
      },
      {
        title: 'Kubernetes, Nomad',
        text: `They take the image from ${registry} (option \`registry\`).`,
        commands: [
          `skopeo copy oci:layout:latest docker://${registry}/${name}:latest`,
          'kubectl apply -f kubernetes.yaml',
          'nomad job run -json nomad.json',
        ],
      },
    ],
  )
}
