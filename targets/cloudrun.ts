import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { appImage, writeImage } from './lib/app-image.js'
import { needApp } from './lib/need-app.js'
import { writeReadme } from './lib/readme.js'
import type { Build, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { toYaml, type YamlValue } from './lib/yaml.js'

/** The container image of `oci` and what Cloud Run is to do with it: a service of an app that listens, a job of a script. */
const cloudrun: Target = {
  name: 'cloudrun',
  layer: 'PaaS',
  summary: 'container image and service.yaml for Cloud Run (job.yaml for a script)',
  carries: 'elf',
  proof: 'run as what it is',
  write(build, folder) {
    needApp(build, 'cloudrun')
    writeImage(appImage(build), folder, `${build.name}.tar`)
    const resource = build.port === undefined ? job(build) : service(build, build.port)
    writeFileSync(join(folder, manifestFile(build)), toYaml(resource))
    writeDebugFiles(build, folder)
    describe(build, folder)
  },
  recipe: (_build, folder) => ({ kind: 'oci', layout: join(folder, 'layout'), reference: 'latest' }),
}
export default cloudrun

const manifestFile = ({ port }: Build): string => (port === undefined ? 'job.yaml' : 'service.yaml')
const imagePlaceholder = 'REGION-docker.pkg.dev/PROJECT/REPOSITORY'

/** cloud.google.com/run/docs/reference/yaml/v1: Knative's Service. Cloud Run sets PORT itself and refuses it among the variables. */
function service(build: Build, port: number): YamlValue {
  const container = {
    image: `${imagePlaceholder}/${build.name}:latest`,
    ports: [{ name: 'http1', containerPort: port }],
    env: environment(build),
    resources: { limits: { cpu: '1', memory: memoryLimit(build) } },
    startupProbe: { tcpSocket: { port }, periodSeconds: 1, failureThreshold: 10 },
  }
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: build.name },
    spec: { template: { spec: { containerConcurrency: 80, timeoutSeconds: 300, containers: [container] } } },
  }
}

function job(build: Build): YamlValue {
  const container = {
    image: `${imagePlaceholder}/${build.name}:latest`,
    env: environment(build),
    resources: { limits: { cpu: '1', memory: '512Mi' } }, // the least that jobs get
  }
  return {
    apiVersion: 'run.googleapis.com/v1',
    kind: 'Job',
    metadata: { name: build.name },
    spec: { template: { spec: { template: { spec: { maxRetries: 0, containers: [container] } } } } },
  }
}

function environment({ env }: Build): YamlValue {
  return Object.entries(env)
    .filter(([name]) => name !== 'PORT')
    .map(([name, value]) => ({ name, value }))
}

/** MiB; the second generation of the execution environment starts nothing with less than 512. */
function memoryLimit({ memory }: Build): string {
  return `${Math.max(512, memory.default)}Mi`
}

function describe(build: Build, folder: string): void {
  const image = `${imagePlaceholder}/${build.name}:latest`
  const kind = build.port === undefined ? 'jobs' : 'services'
  const pushed = `skopeo copy oci:layout:latest docker://${image}`
  writeReadme(
    folder,
    build.name,
    `The app as a container for Cloud Run. Put your REGION, PROJECT and REPOSITORY in.`,
    [
      {
        title: 'Deploy',
        commands: [pushed, `gcloud run ${kind} replace ${manifestFile(build)} --region REGION`],
      },
      {
        title: 'Run here',
        commands: [`docker load < ${build.name}.tar`, `docker run --rm --network host ${build.name}:latest`],
      },
    ],
  )
}
