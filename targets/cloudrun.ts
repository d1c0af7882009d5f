import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { appImage, writeImage } from './lib/app-image.js'
import { needApp } from './lib/need-app.js'
import type { Options, OptionValues } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import type { Build, BuildFacts, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { toYaml, type YamlValue } from './lib/yaml.js'

const options = {
  repository: {
    type: 'text',
    pattern: /^[A-Za-z0-9.-]+(\/[A-Za-z0-9._-]+)+$/,
    form: 'a host and a path, as in europe-docker.pkg.dev/PROJECT/REPOSITORY',
    default: 'REGION-docker.pkg.dev/PROJECT/REPOSITORY',
    summary: 'where the image is pushed to and taken from',
  },
  region: {
    type: 'text',
    pattern: /^[A-Za-z0-9-]+$/,
    form: 'the name of a region',
    default: 'REGION',
    summary: 'region to deploy to',
  },
  concurrency: {
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 80,
    summary: 'requests at a time that one instance gets',
  },
  timeout: {
    type: 'integer',
    minimum: 1,
    maximum: 3600,
    default: 300,
    summary: 'seconds that a request may take',
  },
  minInstances: {
    type: 'integer',
    minimum: 0,
    maximum: 1000,
    default: 0,
    summary: 'instances that are always there',
  },
  maxInstances: { type: 'integer', minimum: 1, maximum: 1000, summary: 'instances that there are at most' },
} as const satisfies Options

/** The container image of `oci` and what Cloud Run is to do with it: a service of an app that listens, a job of a script. */
const cloudrun: Target<typeof options> = {
  name: 'cloudrun',
  layer: 'PaaS',
  summary: 'container image and service.yaml for Cloud Run (job.yaml for a script)',
  artefact: 'OCI layout, docker-archive, service.yaml or job.yaml',
  platform: 'Cloud Run',
  varies: ['generation of the execution environment'],
  carries: 'elf',
  proof: 'run as what it is',
  options,
  write(build, folder, values) {
    needApp(build, 'cloudrun')
    writeImage(appImage(build), folder, `${build.name}.tar`)
    const resource =
      build.port === undefined ? job(build, values.repository) : service(build, build.port, values)
    writeFileSync(join(folder, manifestFile(build)), toYaml(resource))
    writeDebugFiles(build, folder)
    describe(build, folder, values)
  },
  recipe: (build, folder) => ({
    kind: 'cloudrun',
    image: { format: 'oci-layout', file: join(folder, 'layout') },
    manifest: join(folder, manifestFile(build)),
  }),
}
export default cloudrun

const manifestFile = ({ port }: BuildFacts): string => (port === undefined ? 'job.yaml' : 'service.yaml')
type Values = OptionValues<typeof options>

/** cloud.google.com/run/docs/reference/yaml/v1: Knative's Service. Cloud Run sets PORT itself and refuses it among the variables. */
function service(build: Build, port: number, values: Values): YamlValue {
  const container = {
    image: `${values.repository}/${build.name}:latest`,
    ports: [{ name: 'http1', containerPort: port }],
    env: environment(build),
    resources: { limits: { cpu: '1', memory: memoryLimit(build) } },
    startupProbe: { tcpSocket: { port }, periodSeconds: 1, failureThreshold: 10 },
  }
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: build.name },
    spec: {
      template: {
        ...scale(values),
        spec: {
          containerConcurrency: values.concurrency,
          timeoutSeconds: values.timeout,
          containers: [container],
        },
      },
    },
  }
}

function scale({ minInstances, maxInstances }: Values) {
  const annotations = {
    ...(minInstances === 0 ? {} : { 'autoscaling.knative.dev/minScale': String(minInstances) }),
    ...(maxInstances === undefined ? {} : { 'autoscaling.knative.dev/maxScale': String(maxInstances) }),
  }
  return Object.keys(annotations).length === 0 ? {} : { metadata: { annotations } }
}

function job(build: Build, repository: string): YamlValue {
  const container = {
    image: `${repository}/${build.name}:latest`,
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

function describe(build: Build, folder: string, { repository, region }: Values): void {
  const image = `${repository}/${build.name}:latest`
  const kind = build.port === undefined ? 'jobs' : 'services'
  const pushed = `skopeo copy oci:layout:latest docker://${image}`
  writeReadme(
    folder,
    build.name,
    'The app as a container for Cloud Run. The options `region` and `repository` say where it goes to.',
    [
      {
        title: 'Deploy',
        commands: [pushed, `gcloud run ${kind} replace ${manifestFile(build)} --region ${region}`],
      },
      {
        title: 'Run here',
        commands: [`docker load < ${build.name}.tar`, `docker run --rm --network host ${build.name}:latest`],
      },
    ],
  )
}
