import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { publint } from 'publint'
import { packageRoot } from '../../base/package-root.js'
import { run, start, tryRun } from '../../base/run.js'
import { freePort } from '../../boot/ports.js'
import { type BuildResult, build } from '../../cli/pipeline.js'
import { answersWithin } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'

describe('npm package', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const dist = (path: string) => join(scratch(), 'dist', path)
  const installed = (path: string) => join(scratch(), 'user/node_modules', path)
  let built: BuildResult
  before(async () => {
    mkdirSync(join(scratch(), 'files'))
    writeFileSync(join(scratch(), 'files/name.txt'), 'shop')
    writeFileSync(join(scratch(), 'server.ts'), server)
    writeFileSync(join(scratch(), 'script.ts'), script)
    writeFileSync(join(scratch(), 'package.json'), JSON.stringify(manifest))
    writeFileSync(join(scratch(), 'unik.config.ts'), 'export default { assets: "files" }\n')
    const request = { targets: ['npm'], env: { GREETING: 'hello' }, cwd: scratch() }
    built = await build({ ...request, entries: ['server.ts'], output: 'dist' })
    await build({ ...request, entries: ['script.ts'], output: 'dist/script' })
    await install('user', dist('npm/shop-1.2.3.tgz'))
    await install('script-user', dist('script/npm/shop-1.2.3.tgz'))
  })

  async function install(folder: string, archive: string): Promise<void> {
    mkdirSync(join(scratch(), folder))
    const options = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund']
    await run('npm', ['install', '--prefix', join(scratch(), folder), ...options, archive])
  }

  it('is installed with the bundle as it is, and publint has nothing against it', async () => {
    const digest = createHash('sha256')
      .update(readFileSync(installed('shop/app.js')))
      .digest('hex')
    expect(digest).to.equal(built.bundle?.sha256)
    expect(existsSync(installed('shop/NOTICES.txt'))).to.equal(true)
    for (const folder of [installed('shop'), join(scratch(), 'script-user/node_modules/shop')]) {
      const { messages } = await publint({ pkgDir: folder, pack: false, strict: true })
      expect(messages).to.deep.equal([])
    }
    const { name, version, description, license } = JSON.parse(
      readFileSync(installed('shop/package.json'), 'utf8'),
    )
    expect({ name, version, description, license }).to.deep.equal({
      ...{ name: 'shop', version: '1.2.3', description: 'A shop.', license: 'MIT' },
    })
  })

  describe('its command', () => {
    let url = ''
    let service: Awaited<ReturnType<typeof start>>
    before(async () => {
      const port = await freePort()
      url = `http://127.0.0.1:${port}`
      const env = { PORT: String(port), HOST: '127.0.0.1' }
      service = await start(installed('.bin/shop'), [], { env, cwd: scratch() })
      expect(await answersWithin(`${url}/`, 20_000)).to.equal(true)
    })

    it('serves: environment, assets, relative paths', async () => {
      expect(await (await fetch(url)).text()).to.equal('hello from shop, shop')
    })

    it('hands on method, address, headers and body, and the whole of the answer', async () => {
      const body = 'x'.repeat(300_000)
      const sent = await fetch(`${url}/echo?a=1%202`, { method: 'PUT', body, headers: { 'x-asked': 'yes' } })
      expect(sent.status).to.equal(201)
      expect(sent.headers.getSetCookie()).to.deep.equal(['a=1', 'b=2'])
      expect(sent.headers.get('x-seen')).to.equal(`PUT ${url}/echo?a=1%202 yes`)
      expect(await sent.text()).to.equal(body)
      const head = await fetch(`${url}/echo`, { method: 'HEAD' })
      expect(head.status).to.equal(201)
    })

    it('answers 500 when the app throws, and lives on', async () => {
      expect((await fetch(`${url}/throw`)).status).to.equal(500)
      expect((await fetch(url)).status).to.equal(200)
    })

    it('answers what is under way when SIGTERM comes, then ends with 0', async () => {
      const slow = fetch(`${url}/slow`)
      let log = ''
      service.stdout.on('data', (text) => {
        log += text
      })
      while (!log.includes('slow')) await new Promise((resolve) => setTimeout(resolve, 10))
      const begun = performance.now()
      service.kill('SIGTERM')
      expect(await (await slow).text()).to.equal('late')
      expect(await service.ended).to.include({ exitCode: 0 })
      expect(performance.now() - begun, 'not held up by a connection without requests').to.be.below(3000)
    })
  })

  it('tells which PORT is none', async () => {
    const result = await tryRun(installed('.bin/shop'), [], { env: { PORT: 'http' } })
    expect(result.exitCode).to.equal(1)
    expect(result.stderr).to.include("PORT must be a number from 0 to 65535, but is 'http'")
  })

  it('can be imported by another program, with its types', async () => {
    writeFileSync(
      join(scratch(), 'user/use.mts'),
      `import app from 'shop'\nconst answer: Response = await app.fetch(new Request('http://shop/'))\nconsole.log(await answer.text())\n`,
    )
    const types = [
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--lib',
      'es2022,dom',
      '--types',
      '',
    ]
    const compiler = join(packageRoot, 'node_modules/.bin/tsc')
    await run(compiler, [...types, 'use.mts'], { cwd: join(scratch(), 'user') })
    const { stdout } = await run(process.execPath, ['use.mjs'], { cwd: join(scratch(), 'user') })
    expect(stdout).to.equal('hello from shop, shop\n')
  })

  it('a script: its command runs it with its arguments and ends with its status', async () => {
    const command = join(scratch(), 'script-user/node_modules/.bin/shop')
    const result = await tryRun(command, ['a b', 'c'])
    expect(result).to.include({ exitCode: 3, stdout: 'hello a b c\n' })
  })

  it('is the same to the byte in another folder', async () => {
    const again = { targets: ['npm'], env: { GREETING: 'hello' }, cwd: scratch(), entries: ['server.ts'] }
    await build({ ...again, output: 'again' })
    const [first, second] = ['dist', 'again'].map((folder) =>
      readFileSync(join(scratch(), folder, 'npm/shop-1.2.3.tgz')),
    )
    expect(first?.equals(second ?? Buffer.alloc(0))).to.equal(true)
  })
})

const manifest = {
  ...{ name: 'shop', version: '1.2.3', description: 'A shop.', license: 'MIT', type: 'module' },
  author: 'Ann Example <ann@example.com>',
}
const server = `
import { readFileSync } from 'node:fs'

export default {
  async fetch(request: Request) {
    const { pathname } = new URL(request.url)
    if (pathname === '/throw') throw new Error('thrown on purpose')
    if (pathname === '/echo') {
      const headers = new Headers({ 'x-seen': [request.method, request.url, request.headers.get('x-asked')].join(' ') })
      headers.append('set-cookie', 'a=1')
      headers.append('set-cookie', 'b=2')
      return new Response(await request.text(), { status: 201, headers })
    }
    if (pathname === '/slow') {
      console.log('slow')
      return new Promise((resolve) => setTimeout(() => resolve(new Response('late')), 500))
    }
    const names = [readFileSync('/app/name.txt', 'utf8'), readFileSync('name.txt', 'utf8')]
    return new Response(\`\${process.env.GREETING} from \${names.join(', ')}\`)
  },
}
`
const script = `
console.log(process.env.GREETING + ' ' + process.argv.slice(2).join(' '))
process.exitCode = 3
`
