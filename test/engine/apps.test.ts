import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { tryRun } from '../../base/run.js'
import { appRuntime } from '../../cli/runtime.js'
import { compile } from '../../compiler/compile.js'
import { linkApps } from '../../linker/link-app.js'
import { type App, residentSize, type Server, startServer } from './app.js'
import { rawConnection } from './raw-http.js'

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** Links several apps, each under its own path, into one program. */
async function makeApps(sources: Readonly<Record<string, string>>): Promise<App> {
  const folder = mkdtempSync(join(tmpdir(), 'unik-engine-'))
  folders.push(folder)
  const apps = []
  for (const [name, source] of Object.entries(sources)) {
    const entry = join(folder, `${name}.ts`)
    writeFileSync(entry, source)
    const program = await compile({ entry, name, root: folder, env: {}, assets: [] })
    apps.push({ program, route: { hosts: [name], path: `/${name}` } })
  }
  const { bytes } = linkApps({ name: 'all', apps, env: {} }, appRuntime())
  const path = join(folder, 'all')
  writeFileSync(path, bytes, { mode: 0o755 })
  return { path, modules: [], size: bytes.length }
}

const answering = 'export default { fetch: () => new Response("here") }'
const ask = async ({ port }: Server, path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status

describe('several apps in one program', function () {
  this.timeout(20_000)

  const endings: readonly [what: string, source: string, words: string][] = [
    ['process.exit', 'if (url.endsWith("/end")) process.exit(3)', 'ended with status 3'],
    [
      'process.exit inside a promise’s executor',
      'if (url.endsWith("/end")) { await new Promise(() => process.exit(4)).catch(() => {}); console.log("after") }',
      'ended with status 4',
    ],
    [
      'an exception in a timer',
      'setTimeout(() => { throw new Error("late") }, 1); await new Promise(() => {})',
      'Uncaught Error: late',
    ],
    [
      'an unhandled rejection',
      'Promise.reject(new Error("lost")); await new Promise(() => {})',
      'Uncaught Error: lost',
    ],
  ]
  for (const [what, source, words] of endings)
    it(`${what} ends one, in the middle of a request, and not the others`, async () => {
      const one = `export default { async fetch({ url }: Request) { if (url.endsWith("/fine")) return new Response(""); ${source}\n return new Response("") } }`
      const server = await startServer(await makeApps({ one, two: answering }))
      expect(await ask(server, '/one/fine')).to.equal(200)
      expect(await ask(server, '/one/end')).to.equal(503)
      for (const [path, status] of [
        ['/one/fine', 503],
        ['/two', 200],
      ] as const)
        expect(await ask(server, path), path).to.equal(status)
      expect(server.errors()).to.include(`[one] ${words}`)
      expect(server.errors()).not.to.include('after')
    })

  it('one that ends while it owes answers: 503 for each, and the connections live on', async () => {
    const one = `export default { async fetch({ url }: Request) { if (url.endsWith("/end")) process.exit(1); await new Promise(() => {}) } }`
    const server = await startServer(await makeApps({ one, two: answering }))
    const waiting = await rawConnection(server.port)
    waiting.send('GET /one HTTP/1.1\r\nHost: x\r\n\r\nGET /two HTTP/1.1\r\nHost: x\r\n\r\n')
    await pause(50)
    expect(await ask(server, '/one/end')).to.equal(503)
    expect((await waiting.response()).status).to.equal(503)
    expect((await waiting.response()).body).to.equal('here')
    waiting.socket.destroy()
  })

  it('a pipelined request of one waits for no other’s stack', async () => {
    const one = `export default { async fetch({ url }: Request) { await new Promise((go) => setTimeout(go, 5)); if (url.endsWith("/end")) process.exit(1); return new Response("one") } }`
    const server = await startServer(await makeApps({ one, two: answering }))
    const connection = await rawConnection(server.port)
    const paths = ['/one', '/two', '/one', '/one/end', '/two']
    connection.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''))
    const answers = []
    for (const _ of paths) answers.push((await connection.response()).status)
    expect(answers).to.deep.equal([200, 200, 200, 503, 200])
    connection.socket.destroy()
  })

  it('timers, immediates, ticks and signals are each app’s own', async () => {
    const source = (name: string) => `
      const seen: string[] = []
      let count = 0
      const interval = setInterval(() => { seen.push('interval'); if (++count === 3) clearInterval(interval) }, 3)
      setImmediate(() => process.nextTick(() => seen.push('tick')))
      process.on('SIGUSR2', () => seen.push('signal'))
      export default { fetch: () => Response.json({ name: '${name}', id: Number(setTimeout(() => {}, 1)), seen: seen.sort() }) }`
    const server = await startServer(await makeApps({ one: source('one'), two: source('two') }))
    server.running.kill('SIGUSR2')
    await pause(100)
    const seen = ['interval', 'interval', 'interval', 'signal', 'tick']
    for (const name of ['one', 'two'])
      expect(await (await fetch(`http://127.0.0.1:${server.port}/${name}`)).json()).to.deep.equal({
        name,
        id: 2,
        seen,
      })
  })

  it('an app that is still loading holds back the start, one that never will is ended', async () => {
    const slow = `await new Promise((go) => setTimeout(go, 50)); ${answering}`
    const server = await startServer(
      await makeApps({ slow, never: `await new Promise(() => {}); ${answering}` }),
    )
    expect(await ask(server, '/slow')).to.equal(200)
    expect(await ask(server, '/never')).to.equal(503)
    expect(server.errors()).to.include('[never] Warning: Detected unsettled top-level await')
  })

  it('a default export without fetch ends its app only', async () => {
    const server = await startServer(await makeApps({ none: 'export default { get: 1 }', two: answering }))
    expect(await ask(server, '/none')).to.equal(503)
    expect(await ask(server, '/two')).to.equal(200)
    expect(server.errors()).to.include('[none] The default export has no function fetch\n')
  })

  it('the memory of one that has ended is there for the others', async () => {
    const greedy = `
      const kept: unknown[] = []
      export default { fetch({ url }: Request) {
        if (url.endsWith('/end')) process.exit(1)
        for (let i = 0; i < 3e5; i++) kept.push({ i, text: 'text ' + i })
        return new Response('')
      } }`
    const server = await startServer(await makeApps({ one: greedy, two: greedy, three: greedy }))
    await ask(server, '/one')
    const full = residentSize(server.running)
    expect(full).to.be.above(20_000)
    for (const [ending, next] of [
      ['one', 'two'],
      ['two', 'three'],
    ] as const) {
      expect(await ask(server, `/${ending}/end`)).to.equal(503)
      expect(await ask(server, `/${next}`)).to.equal(200)
      expect(residentSize(server.running)).to.be.below(full * 1.2)
    }
  })

  it('the program ends with the last, with the status of the first that failed', async () => {
    const end = (status: number) =>
      `process.on('exit', () => console.log('bye')); process.exit(${status}); ${answering}`
    const { path } = await makeApps({ one: end(0), two: end(7), three: end(5) })
    const { exitCode, stdout } = await tryRun(path, [], { timeout: 10_000 })
    expect(exitCode).to.equal(7)
    expect(stdout).to.equal('[one] bye\n[two] bye\n[three] bye\n')
  })

  it('SIGTERM lets each finish', async () => {
    const source = `process.on('exit', () => console.error('bye')); ${answering}`
    const server = await startServer(await makeApps({ one: source, two: source }))
    server.running.kill('SIGTERM')
    expect((await server.running.ended).exitCode).to.equal(0)
    expect(server.errors()).to.equal('[one] bye\n[two] bye\n')
  })

  it('a port in use ends the program', async () => {
    const app = await makeApps({ one: answering, two: answering })
    const { port } = await startServer(app)
    const env = { PORT: String(port), HOST: '127.0.0.1' }
    const { exitCode, stderr } = await tryRun(app.path, [], { timeout: 10_000, env })
    expect(exitCode).to.equal(1)
    expect(stderr).to.match(/^Uncaught Error: listen EADDRINUSE/)
  })
})
