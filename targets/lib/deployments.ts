import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Build, hasLowPort } from './target.js'
import { writeJson } from './write-json.js'
import { toYaml, type YamlValue } from './yaml.js'

/** Under which another runtime than the usual one runs an image: a containerd shim, and Kubernetes' class for it. */
export interface Runtime {
  readonly shim: string
  readonly className: string
}

/**
 * What hands the image to the engines that people run fleets with: Compose, Kubernetes, Nomad. A server is kept running, a script is run
 * once. The environment is the image's own.
 */
export function writeDeployments(build: Build, folder: string, fleet: Fleet): void {
  writeFileSync(join(folder, 'compose.yaml'), toYaml(compose(build, fleet)))
  writeFileSync(join(folder, 'kubernetes.yaml'), kubernetes(build, fleet).map(toYaml).join('---\n'))
  writeJson(join(folder, 'nomad.json'), nomad(build, fleet))
}

export interface Fleet {
  /** Where a cluster gets the image from. */
  readonly registry: string
  /** Of a server. */
  readonly replicas: number
  /** Default: the engine's usual one. */
  readonly runtime?: Runtime
  /** `UID` or `UID:GID` of the image. */
  readonly user?: string
}

/** compose-spec, 05-services.md. */
function compose({ name, port, ports }: Build, { runtime }: Fleet): YamlValue {
  return {
    name,
    services: {
      [name]: {
        image: `${name}:latest`,
        ...(port === undefined ? {} : { ports: ports.map((each) => `${each}:${each}`) }),
        restart: port === undefined ? 'no' : 'unless-stopped',
        ...(runtime === undefined ? confinedService : { runtime: runtime.shim }),
      },
    },
  }
}

const confinedService = {
  read_only: true,
  tmpfs: ['/tmp'],
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true'],
}

/** Of kubernetes.io/docs/reference/kubernetes-api: a Deployment and its Service, or a Job. */
function kubernetes(build: Build, fleet: Fleet): YamlValue[] {
  const { name, port, ports } = build
  const metadata = { name, labels: { app: name } }
  const { replicas, runtime } = fleet
  const className = runtime === undefined ? [] : [runtimeClass(runtime)]
  const pod = podTemplate(build, fleet)
  if (port === undefined) {
    const template = { ...pod, spec: { ...pod.spec, restartPolicy: 'Never' } }
    return [
      ...className,
      { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { backoffLimit: 0, template } },
    ]
  }
  const selector = { app: name }
  return [
    ...className,
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { replicas, selector: { matchLabels: selector }, template: pod },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        selector,
        ports: named(build).map(({ name, port }) => ({
          name,
          port: name === first && !ports.includes(80) ? 80 : port,
          targetPort: name,
        })),
      },
    },
  ]
}

function runtimeClass({ className }: Runtime): YamlValue {
  return {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: className },
    handler: className,
  }
}

function podTemplate(build: Build, { registry, runtime, user = '' }: Fleet) {
  const { name, port } = build
  const container = {
    name,
    image: `${registry}/${name}:latest`,
    ...(port === undefined
      ? {}
      : {
          ports: named(build).map((each) => ({ name: each.name, containerPort: each.port })),
          readinessProbe: { tcpSocket: { port: first }, periodSeconds: 2 },
        }),
    ...(runtime === undefined
      ? { resources: { requests: { cpu: '50m' }, limits: { memory: `${least(build)}Mi` } } }
      : {}),
  }
  const labels = { app: name }
  if (runtime !== undefined)
    return { metadata: { labels }, spec: { runtimeClassName: runtime.className, containers: [container] } }
  return {
    metadata: { labels },
    spec: {
      automountServiceAccountToken: false,
      securityContext: {
        ...securityUser(user),
        seccompProfile: { type: 'RuntimeDefault' },
        ...(hasLowPort(build)
          ? { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] }
          : {}),
      },
      containers: [
        {
          ...container,
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    },
  }
}

/** Of `UID:GID`. */
function securityUser(user: string) {
  const [uid = 0, gid] = user.split(':').map(Number)
  return { runAsNonRoot: uid !== 0, runAsUser: uid, ...(gid === undefined ? {} : { runAsGroup: gid }) }
}

/** The job as Nomad's API takes it (developer.hashicorp.com/nomad/api-docs/json-jobs); times are nanoseconds. */
function nomad(build: Build, { registry, runtime }: Fleet): object {
  const { name, port } = build
  const task = {
    Name: name,
    Driver: 'docker',
    Config: {
      image: `${registry}/${name}:latest`,
      ...(port === undefined ? {} : { ports: named(build).map(({ name }) => name) }),
      ...(runtime === undefined ? { readonly_rootfs: true, cap_drop: ['all'] } : { runtime: runtime.shim }),
    },
    Resources: { CPU: 100, MemoryMB: runtime === undefined ? least(build) : virtualMachine },
  }
  const dynamic = named(build).map((each) => ({ Label: each.name, To: each.port }))
  const network = { Networks: [{ DynamicPorts: dynamic }] }
  const check = { Type: 'tcp', PortLabel: first, Interval: 10e9, Timeout: 2e9 }
  const service = { Services: [{ Name: name, Provider: 'nomad', PortLabel: first, Checks: [check] }] }
  const group = {
    Name: name,
    Count: 1,
    ...(port === undefined ? {} : { ...network, ...service }),
    Tasks: [task],
  }
  return {
    Job: {
      ...{ ID: name, Name: name, Type: port === undefined ? 'batch' : 'service' },
      Datacenters: ['*'],
      TaskGroups: [group],
    },
  }
}

/** The ports by the names that the files use. */
function named({ ports }: Build): readonly { readonly name: string; readonly port: number }[] {
  return ports.map((port, at) => ({ name: at === 0 ? first : `port-${port}`, port }))
}

const first = 'http'

/** MiB. */
const least = ({ memory }: Build): number => Math.max(64, memory.default)
/** MiB: a limit counts the emulator, too. */
const virtualMachine = 512
