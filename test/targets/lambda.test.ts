import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { type Running, run, start } from '../../base/run.js'
import { type RuntimeApi, startRuntimeApi } from '../../boot/lambda/runtime-api.js'
import { freePort } from '../../boot/ports.js'
import { type BuildResult, build } from '../../cli/pipeline.js'
import { readZip } from '../../targets/formats/zip.js'
import { answersWithin } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needTool } from '../helpers/tool.js'

describe('lambda', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const artefact = (path: string) => join(scratch(), 'dist', path)
  const contents = (path: string) => readFileSync(artefact(path))
  let built: BuildResult
  let api: RuntimeApi
  let runtime: Running | undefined
  before(async () => {
    writeFileSync(join(scratch(), 'server.ts'), server)
    writeFileSync(join(scratch(), 'script.ts'), 'console.log(process.env.GREETING, "again")\n')
    writeFileSync(join(scratch(), 'fails.ts'), 'process.exitCode = 4\n')
    writeFileSync(join(scratch(), 'unik.config.ts'), 'export default { name: "shop" }\n')
    const request = { env: { GREETING: 'hello', PORT: '3000' }, cwd: scratch() }
    built = await build({ ...request, targets: ['linux', 'lambda'], entries: ['server.ts'], output: 'dist' })
    for (const name of ['script', 'fails'])
      await build({ ...request, targets: ['lambda'], entries: [`${name}.ts`], output: `dist/${name}` })
  })
  beforeEach(async () => {
    api = await startRuntimeApi()
  })
  afterEach(async () => {
    runtime?.kill('SIGKILL')
    await runtime?.ended
    runtime = undefined
    api.close()
  })

  /** Unpacks the archive and starts the managed runtime on it, as the request for the function says. */
  async function startFunction(folder: string): Promise<void> {
    const root = join(scratch(), `task-${folder.replaceAll('/', '-')}`)
    await unpack(artefact(`${folder}/shop-node.zip`), root)
    const { Handler, Environment } = JSON.parse(contents(`${folder}/node.json`).toString())
    const own = { AWS_LAMBDA_RUNTIME_API: api.address, _HANDLER: Handler, LAMBDA_TASK_ROOT: root }
    const program = join(packageRoot, 'lib/boot/lambda/node-runtime.js')
    runtime = await start(process.execPath, [program], {
      env: { ...Environment.Variables, ...own },
      cwd: root,
    })
    runtime.stdout.resume()
    runtime.stderr.resume()
  }

  async function unpack(archive: string, folder: string): Promise<void> {
    await run('mkdir', ['-p', folder])
    await run('bsdtar', ['-xf', archive, '-C', folder])
  }

  it('the Node.js handler answers requests of a function URL: text, bytes, cookies, errors', async function () {
    needTool(this, 'bsdtar', 'libarchive-tools')
    await startFunction('lambda')
    const body = Buffer.from([1, 2, 255]).toString('base64')
    const put = {
      ...httpEvent('PUT', '/echo', 'a=1%202'),
      body,
      isBase64Encoded: true,
      cookies: ['c=1', 'd=2'],
    }
    expect((await api.invoke(httpEvent('GET', '/'))).result).to.deep.include({
      statusCode: 200,
      body: 'hello',
    })
    const { result } = await api.invoke(put)
    expect(result).to.deep.include({ statusCode: 201, body, isBase64Encoded: true, cookies: ['e=5', 'f=6'] })
    expect((result as { headers: object }).headers).to.deep.include({
      'x-seen': 'PUT https://shop.example/echo?a=1%202 c=1; d=2',
    })
    const failed = await api.invoke(httpEvent('GET', '/throw'))
    expect(failed.error).to.deep.equal({ errorType: 'Error', errorMessage: 'thrown on purpose' })
    expect((await api.invoke(httpEvent('GET', '/'))).result).to.deep.include({ statusCode: 200 })
    expect(api.initErrors).to.deep.equal([])
  })

  it('the Node.js handler hands other events to /events', async function () {
    needTool(this, 'bsdtar', 'libarchive-tools')
    await startFunction('lambda')
    expect((await api.invoke({ Records: [1, 2] })).result).to.deep.equal({ seen: 2 })
    expect((await api.invoke({ Records: [] })).error).to.deep.include({
      errorMessage: 'the app answered the event with status 422',
    })
  })

  it('a script runs once for each invocation, and its failure is one', async function () {
    needTool(this, 'bsdtar', 'libarchive-tools')
    await startFunction('script/lambda')
    expect((await api.invoke({})).result).to.equal('hello again\n')
    expect((await api.invoke({})).result).to.equal('hello again\n')
    runtime?.kill('SIGKILL')
    await runtime?.ended
    await startFunction('fails/lambda')
    expect((await api.invoke({})).error).to.deep.include({ errorMessage: 'the script ended with status 4' })
  })

  it('the bootstrap is the app ELF, executable, and serves', async function () {
    const bsdtar = needTool(this, 'bsdtar', 'libarchive-tools')
    const { stdout } = await run(bsdtar, ['-tvf', artefact('lambda/shop-custom.zip')])
    expect(stdout).to.match(/^-rwxr-xr-x .* bootstrap$/m)
    const root = join(scratch(), 'custom')
    await unpack(artefact('lambda/shop-custom.zip'), root)
    expect(readFileSync(join(root, 'bootstrap')).equals(contents('linux/shop'))).to.equal(true)
    const request = JSON.parse(contents('lambda/custom.json').toString())
    expect(request).to.deep.include({ Runtime: 'provided.al2023', Handler: 'bootstrap' })
    expect(request.Environment.Variables).to.deep.include({ AWS_LWA_PORT: '3000', GREETING: 'hello' })
    const port = await freePort()
    const env = { ...request.Environment.Variables, PORT: String(port) }
    runtime = await start(join(root, 'bootstrap'), [], { env, cwd: root })
    expect(await answersWithin(`http://127.0.0.1:${port}/`, 20_000)).to.equal(true)
    runtime.kill('SIGTERM')
    expect(await runtime.ended).to.include({ exitCode: 0 })
  })

  it('the archives hold the bundle as it is, and are the same in every time zone', async () => {
    const files = readZip(contents('lambda/shop-node.zip'))
    const digest = createHash('sha256')
      .update(files['app.js'] ?? '')
      .digest('hex')
    expect(digest).to.equal(built.bundle?.sha256)
    const program = `
      import { writeZip } from '${packageRoot}/lib/targets/formats/zip.js'
      const file = { path: 'a', type: 'file', mode: 0o755, data: new Uint8Array(10) }
      process.stdout.write(Buffer.from(writeZip([file], 1_000_000_000)).toString('hex'))`
    const zones = ['UTC', 'Asia/Tokyo', 'America/New_York'].map((TZ) =>
      run(process.execPath, ['--input-type=module', '-e', program], { env: { TZ } }),
    )
    const archives = new Set((await Promise.all(zones)).map(({ stdout }) => stdout))
    expect([...archives]).to.have.length(1)
    expect(() => readZip(new Uint8Array(30))).to.throw('not a zip archive')
  })
})

function httpEvent(method: string, rawPath: string, rawQueryString = '') {
  const headers = { host: 'shop.example', 'x-forwarded-proto': 'https' }
  const requestContext = { domainName: 'shop.example', http: { method, path: rawPath } }
  return { version: '2.0', rawPath, rawQueryString, headers, requestContext }
}

const server = `
export default {
  async fetch(request: Request) {
    const { pathname } = new URL(request.url)
    if (pathname === '/throw') throw new Error('thrown on purpose')
    if (pathname === '/events') {
      const { Records } = await request.json()
      return Records.length === 0 ? new Response('none', { status: 422 }) : Response.json({ seen: Records.length })
    }
    if (pathname !== '/echo') return new Response(process.env.GREETING)
    const headers = new Headers({ 'x-seen': [request.method, request.url, request.headers.get('cookie')].join(' ') })
    headers.append('set-cookie', 'e=5')
    headers.append('set-cookie', 'f=6')
    return new Response(await request.arrayBuffer(), { status: 201, headers })
  },
}
`
