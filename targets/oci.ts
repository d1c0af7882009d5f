import { join } from 'node:path'
import { appImage, publishFlags, writeImage } from './lib/app-image.js'
import { writeDeployments } from './lib/deployments.js'
import { needApp } from './lib/need-app.js'
import { writeReadme } from './lib/readme.js'
import type { Build, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** An image from nothing: the app ELF, a small /etc, the licence texts; it runs as an unprivileged user. */
const oci: Target = {
  name: 'oci',
  layer: 'OS-level container',
  summary: 'OCI image layout, the same as an archive for docker load; Compose, Kubernetes and Nomad files',
  carries: 'elf',
  proof: 'run as what it is',
  write(build, folder) {
    needApp(build, 'oci')
    writeImage(appImage(build), folder, `${build.name}.tar`)
    writeDeployments(build, folder)
    writeDebugFiles(build, folder)
    describe(build, folder)
  },
  recipe: (_build, folder) => ({ kind: 'oci', layout: join(folder, 'layout'), reference: 'latest' }),
}
export default oci

function describe({ name, ports }: Build, folder: string): void {
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
        text: 'Put the name of your registry in.',
        commands: [
          `skopeo copy oci:layout:latest docker://registry.example.com/${name}:latest`,
          'kubectl apply -f kubernetes.yaml',
          'nomad job run -json nomad.json',
        ],
      },
    ],
  )
}
