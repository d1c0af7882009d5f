import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { start } from '../../base/run.js'
import { freePort } from '../../boot/ports.js'
import { type BuildResult, build } from '../../cli/pipeline.js'
import { answersWithin } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'
import { expectServed } from '../helpers/served.js'

const program = join(packageRoot, 'node_modules/@cloudflare/workerd-linux-64/bin/workerd')

describe('workerd', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  const artefact = (path: string) => join(scratch(), path)
  let shop: BuildResult
  before(async () => {
    mkdirSync(join(scratch(), 'files/sub'), { recursive: true })
    writeFileSync(join(scratch(), 'files/sub/name.txt'), 'shop')
    writeFileSync(join(scratch(), 'shop.ts'), server)
    writeFileSync(join(scratch(), 'blog.ts'), 'export default { fetch: () => new Response("a blog") }\n')
    writeFileSync(join(scratch(), 'script.ts'), 'console.log("ran with", process.env.GREETING)\n')
    const request = { targets: ['workerd'], cwd: scratch() }
    writeFileSync(join(scratch(), 'unik.config.ts'), 'export default { assets: "files", name: "shop" }\n')
    const env = { GREETING: 'say "hi" \\ \n é' }
    shop = await build({ ...request, env, entries: ['shop.ts'], output: 'shop' })
    await build({ ...request, env: { GREETING: 'x' }, entries: ['script.ts'], output: 'script' })
    writeFileSync(join(scratch(), 'unik.config.ts'), 'export default { name: "blog" }\n')
    await build({ ...request, env: {}, entries: ['blog.ts'], output: 'blog' })
  })

  it('holds the bundle as it is', () => {
    const digest = createHash('sha256')
      .update(readFileSync(artefact('shop/workerd/shop/app.js')))
      .digest('hex')
    expect(digest).to.equal(shop.bundle?.sha256)
  })

  it('serves: environment, files of the app', () =>
    expectServed(artefact('shop/workerd'), 'say "hi" \\ \n é from shop, shop, shop, false'))

  it('serves two apps in one process, each from the folder that its build made', async () => {
    const folder = join(scratch(), 'both')
    for (const name of ['shop', 'blog'])
      cpSync(artefact(`${name}/workerd/${name}`), join(folder, name), { recursive: true })
    const ports = [await freePort(), await freePort()]
    const row = (name: string, port: number | undefined) => ({
      service: `(name = "${name}", worker = import "${name}/worker.capnp".worker)`,
      socket: `(name = "${name}", address = "127.0.0.1:${port}", http = (), service = "${name}")`,
    })
    const rows = ['shop', 'blog'].map((name, at) => row(name, ports[at]))
    writeFileSync(
      join(folder, 'config.capnp'),
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${rows.map(({ service }) => service).join()}],
  sockets = [${rows.map(({ socket }) => socket).join()}],
);`,
    )
    const running = await start(program, ['serve', join(folder, 'config.capnp')])
    const texts: string[] = []
    for (const port of ports)
      if (await answersWithin(`http://127.0.0.1:${port}/`, 20_000))
        texts.push(await (await fetch(`http://127.0.0.1:${port}/`)).text())
    running.kill('SIGTERM')
    await running.ended
    expect(texts).to.deep.equal(['say "hi" \\ \n é from shop, shop, shop, false', 'a blog'])
  })

  it('runs a script when the first request comes', async () => {
    const port = await freePort()
    const configuration = artefact('script/workerd/config.capnp')
    const running = await start(program, ['serve', configuration, '--socket-addr', `http=127.0.0.1:${port}`])
    let output = ''
    for (const stream of [running.stdout, running.stderr])
      stream.on('data', (text) => {
        output += text
      })
    const answered = await answersWithin(`http://127.0.0.1:${port}/`, 20_000)
    running.kill('SIGTERM')
    await running.ended
    expect(answered, output).to.equal(true)
    expect(output).to.include('ran with x')
  })
})

const server = `
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

export default {
  async fetch(request: Request) {
    const names = [readFileSync('/app/sub/name.txt', 'utf8'), await readFile('sub/name.txt', 'utf8')]
    names.push(new TextDecoder().decode(readFileSync(new URL('file:///app/sub/name.txt'))))
    return new Response(process.env.GREETING + ' from ' + [...names, existsSync('/app/none')].join(', '))
  },
}
`
