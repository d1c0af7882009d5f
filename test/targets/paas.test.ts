import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Service } from '@kubernetes-models/knative/serving.knative.dev/v1/Service'
import { expect } from 'chai'
import { parse } from 'yaml'
import { run, start } from '../../base/run.js'
import { freePort } from '../../boot/ports.js'
import { type BuildResult, build } from '../../cli/pipeline.js'
import { runGuest } from '../helpers/boot.js'
import { scratchFolder } from '../helpers/scratch.js'
import { expectServed } from '../helpers/served.js'
import { needTool } from '../helpers/tool.js'

const targets = ['linux', 'heroku', 'cloudrun', 'appengine']

// A platform starts the app by itself, with a PORT of its own.
describe('platforms as a service', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const artefact = (path: string) => join(scratch(), 'dist', path)
  const contents = (path: string) => readFileSync(artefact(path), 'utf8')
  let built: BuildResult
  before(async () => {
    mkdirSync(join(scratch(), 'files'))
    writeFileSync(join(scratch(), 'files/name.txt'), 'shop')
    writeFileSync(join(scratch(), 'server.ts'), server)
    writeFileSync(join(scratch(), 'script.ts'), script)
    writeFileSync(join(scratch(), 'unik.config.ts'), 'export default { name: "shop", assets: "files" }\n')
    const request = { targets, env: { GREETING: 'hello: "you"' }, cwd: scratch() }
    built = await build({ ...request, entries: ['server.ts'], output: 'dist' })
    await build({ ...request, entries: ['script.ts'], output: 'dist/script' })
  })

  for (const target of ['heroku', 'cloudrun', 'appengine'])
    it(`${target}: the app answers on the PORT that it is given, and stops when it is told to`, function () {
      if (target === 'cloudrun') needTool(this, 'runc', 'runc')
      return expectServed(artefact(target), 'hello: "you" from shop')
    })

  const told = {
    heroku: 'worker.1, /app, undefined, hello: "you"',
    cloudrun: 'undefined, /, shop, hello: "you"',
  }
  for (const [target, variables] of Object.entries(told))
    it(`${target}: a script finds the platform's variables and its own`, async function () {
      needTool(this, 'runc', 'runc')
      const { text, report } = await runGuest({ subject: artefact(`script/${target}`), args: ['a b'] })
      expect(text).to.equal(`ran with a b\n${variables}\n`)
      expect(report).to.include({ verdict: 'exited', status: 3 })
    })

  it('heroku: GNU tar finds the program in ./app, and the request says what to run and the checksum', async () => {
    const slug = artefact('heroku/shop.tgz')
    const { stdout } = await run('tar', ['-tvzf', slug])
    for (const name of ['-rwxr-xr-x .* ./app/shop', '-rw-r--r-- .* ./app/Procfile'])
      expect(stdout).to.match(new RegExp(`^${name}$`, 'm'))
    const unpack = async (name: string) => (await run('tar', ['-xzOf', slug, `./app/${name}`])).stdout
    expect(await unpack('Procfile')).to.equal('web: ./shop\n')
    const request = JSON.parse(contents('heroku/slug.json'))
    expect(request.process_types).to.deep.equal({ web: './shop' })
    const digest = createHash('sha256').update(readFileSync(slug)).digest('hex')
    expect(request.checksum).to.equal(`SHA256:${digest}`)
    expect(JSON.parse(contents('script/heroku/slug.json')).process_types).to.deep.equal({ worker: './shop' })
  })

  it('cloudrun: a foreign reader finds the image, and the service asks for the port that it exposes', async function () {
    const skopeo = needTool(this, 'skopeo', 'skopeo')
    const layout = `oci:${artefact('cloudrun/layout')}:latest`
    const config = JSON.parse((await run(skopeo, ['inspect', '--config', layout])).stdout)
    expect(config.config).to.deep.include({ Entrypoint: ['/init'], ExposedPorts: { '8080/tcp': {} } })
    const service = fromYaml('cloudrun/service.yaml')
    expect(service).to.deep.include({ apiVersion: 'serving.knative.dev/v1', kind: 'Service' })
    new Service(service).validate()
    expect(() =>
      new Service({ ...service, spec: { template: { spec: { timeoutSeconds: 'long' } } } }).validate(),
    ).to.throw('timeoutSeconds')
    const [container] = service.spec.template.spec.containers
    expect(container.ports).to.deep.equal([{ name: 'http1', containerPort: 8080 }])
    expect(container.env).to.deep.equal([{ name: 'GREETING', value: 'hello: "you"' }])
    const job = fromYaml('script/cloudrun/job.yaml')
    expect(job.spec.template.spec.template.spec.containers[0].image).to.match(/\/shop:latest$/)
  })

  it('appengine: the folder holds the bundle as it is, and app.yaml starts it', () => {
    const digest = createHash('sha256')
      .update(readFileSync(artefact('appengine/deploy/app.js')))
      .digest('hex')
    expect(digest).to.equal(built.bundle?.sha256)
    const settings = fromYaml('appengine/deploy/app.yaml')
    expect(settings).to.deep.include({ runtime: 'nodejs24', entrypoint: 'node main.js' })
    expect(settings.env_variables).to.deep.equal({ GREETING: 'hello: "you"' })
    expect(statSync(artefact('appengine/deploy/assets/name.txt')).size).to.equal(4)
  })

  it('appengine: a script runs once for each request, and its failure is told', async () => {
    const port = await freePort()
    const job = artefact('script/appengine/deploy/job.js')
    const service = await start(process.execPath, [job], { env: { PORT: String(port) } })
    const url = `http://127.0.0.1:${port}/`
    for (let answer: Response | undefined; answer === undefined; ) {
      answer = await fetch(url).catch(() => undefined)
      if (answer === undefined) await pause(20)
      if (answer === undefined) continue
      expect(answer.status).to.equal(500)
      expect(await answer.text()).to.equal('ran with undefined\n')
    }
    service.kill('SIGTERM')
    expect(await service.ended).to.include({ exitCode: 0 })
  })

  // biome-ignore lint/suspicious/noExplicitAny: the expectations say what it is
  const fromYaml = (path: string): any => parse(contents(path))
})

const server = `
import { readFileSync } from 'node:fs'

export default {
  fetch: () => new Response(\`\${process.env.GREETING} from \${readFileSync('/app/name.txt', 'utf8')}\`),
}
`
const script = `
console.log('ran with ' + process.argv[2])
const { DYNO, CLOUD_RUN_JOB, GREETING } = process.env
if (process.argv[2] !== undefined) console.log([DYNO, process.cwd(), CLOUD_RUN_JOB, GREETING].map(String).join(', '))
process.exitCode = 3
`
