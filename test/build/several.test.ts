import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import type { BootSession } from '../../cli/boot-session.js'
import { type BuildRequest, type BuildResult, build } from '../../cli/pipeline.js'
import { startGuest } from '../helpers/boot.js'
import { answersWithin } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'
import { askAs, expectSeveral, writeSeveral } from '../helpers/several.js'

describe('several apps in one artefact', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  let built: BuildResult
  const make = (changes: Partial<BuildRequest>) =>
    build({ entries: [], targets: ['linux'], env: {}, output: 'other', cwd: scratch(), ...changes })
  const failure = (changes: Partial<BuildRequest>) =>
    make(changes).then(
      () => expect.fail('was built'),
      (error: Error) => `${error.message}\n${(error as { where?: string }).where ?? ''}`,
    )

  const serve = async (artefact: string, path = '/shop') => {
    const session = await startGuest({ subject: join(scratch(), artefact) })
    const port = session.ports[0]?.host ?? 0
    await answersWithin(`http://127.0.0.1:${port}${path}`, 20_000)
    return { session, port }
  }

  before(async () => {
    writeSeveral(scratch())
    const folders = ['workerd', 'qemu', 'linux']
    built = await make({ targets: folders, output: 'dist' })
    writeFileSync(join(scratch(), 'script.ts'), 'console.log("done")\n')
    writeFileSync(join(scratch(), 'one.ts'), 'export default { fetch: () => new Response("1") }\n')
    mkdirSync(join(scratch(), 'sub'))
    writeFileSync(join(scratch(), 'sub/one.ts'), 'export default { fetch: () => new Response("2") }\n')
  })

  for (const target of ['linux', 'qemu', 'workerd'])
    describe(`as ${target}`, () => {
      let session: BootSession
      let text = ''
      let port = 0
      before(async () => {
        const memory =
          target === 'qemu'
            ? built.artefacts.find((each) => each.target === target)?.facts.memory.minimum
            : undefined
        session = await startGuest({
          subject: join(scratch(), 'dist', target),
          timeout: 60,
          memory,
          onText: (piece) => {
            text += piece
          },
        })
        port = session.ports[0]?.host ?? 0
        expect(await answersWithin(`http://127.0.0.1:${port}/`, 60_000), text).to.equal(true)
      })
      after(async () => {
        session.guest.kill()
        await session.ended
      })

      it('routes by host and by path, and keeps apps apart', () => expectSeveral(port))

      it('says which app writes, and where it failed in its own source', () => {
        expect(text).to.match(/^\[shop\] shop is loaded undefined$/m)
        expect(text).to.match(/^\[rest\] rest is loaded undefined$/m)
        expect(text).to.match(/^\[broken\] Uncaught Error: at load$/m)
        expect(text).to.match(/^\[broken\] .*broken\.ts:1:\d+/m)
      })
    })

  it('takes the authority of an absolute target for the host, and refuses what is none', async () => {
    const { session, port } = await serve('dist/linux')
    const ask = async (target: string) => askAs(port, { host: 'news.example', target })
    try {
      for (const [target, expected] of [
        ['http://shop/a?b', { app: 'shop', host: 'shop', path: '/a?b', prefix: null }],
        [
          'HTTP://x.example:81/shop/a?b',
          { app: 'shop', host: 'x.example:81', path: '/a?b', prefix: '/shop' },
        ],
        ['http://x.example?a', { app: 'rest', host: 'x.example', path: '/?a', prefix: null }],
      ] as const)
        expect(JSON.parse((await ask(target)).text), target).to.deep.include(expected)
      for (const target of ['http:///shop', 'http://a@shop/', 'ftp://shop/', 'http://shop:x/'])
        expect((await ask(target)).status, target).to.equal(400)
    } finally {
      session.guest.kill()
      await session.ended
    }
  })

  it('runs the example as its README says', async () => {
    await make({ entries: [join(packageRoot, 'examples/several')], output: 'example' })
    const { session, port } = await serve('example/linux', '/')
    const text = async (asked: Parameters<typeof askAs>[1]) => (await askAs(port, asked)).text
    try {
      expect(await text({ target: '/clock' })).to.match(/^\d{4}-\d\d-\d\dT/)
      expect(await text({ host: 'clock.example.com', target: '/' })).to.match(/^\d{4}-\d\d-\d\dT/)
      expect(await text({ method: 'POST', target: '/team/notes', body: 'buy milk' })).to.equal(
        '/team/notes/1: buy milk\n',
      )
      expect(await text({ host: 'notes.example', target: '/1' })).to.equal('buy milk\n')
      expect(await text({ target: '/' })).to.match(/^\/clock tells/)
    } finally {
      session.guest.kill()
      await session.ended
    }
  })

  it('without an app for the rest: 404 that names what was asked', async () => {
    await make({ entries: ['shop', 'one.ts'], output: 'two' })
    const { session, port } = await serve('two/linux')
    try {
      expect(await askAs(port, { host: 'X.example:80', target: '/a/../b?c' })).to.deep.equal({
        status: 404,
        text: 'no app for host "x.example" and path "/b"\n',
      })
      expect((await askAs(port, { target: '/one' })).text).to.equal('1')
      expect((await askAs(port, { host: 'one', target: '/one' })).text).to.equal('1')
    } finally {
      session.guest.kill()
      await session.ended
    }
  })

  it('boot takes several entries, too', async () => {
    const session = await startGuest({
      ...{ subject: 'one.ts', otherEntries: ['shop'], target: 'linux' },
      ...{ cwd: scratch(), output: join(scratch(), 'booted') },
    })
    expect(session.artefact.facts.apps?.map(({ name }) => name)).to.deep.equal(['one', 'shop'])
    session.guest.kill()
    await session.ended
  })

  it('is the same to the byte from another folder', async () => {
    const other = join(scratch(), 'elsewhere/deep')
    mkdirSync(other, { recursive: true })
    writeSeveral(other)
    const again = await make({ cwd: other, targets: ['workerd', 'qemu', 'linux'], output: 'dist' })
    for (const [at, artefact] of built.artefacts.entries())
      expect(again.artefacts[at]?.files).to.deep.equal(artefact.files)
  })

  it('is named by the project, else by its apps', async () => {
    expect(built.artefacts[0]?.facts.name).to.equal('mall')
    expect(existsSync(join(scratch(), 'dist/linux/mall'))).to.equal(true)
    const plain = join(scratch(), 'plain')
    mkdirSync(plain)
    for (const name of ['a', 'b'])
      writeFileSync(join(plain, `${name}.ts`), readFileSync(join(scratch(), 'one.ts')))
    const { artefacts } = await make({ cwd: plain, entries: ['a.ts', 'b.ts'] })
    expect(artefacts[0]?.facts.name).to.equal('a-b')
  })

  it('refuses two of one name, host or path, with both', async () => {
    expect(await failure({ entries: ['one.ts', 'sub/one.ts'] })).to.include('name one: one.ts and sub/one.ts')
    const config = (apps: string) => {
      const cwd = join(scratch(), 'conflict')
      mkdirSync(cwd, { recursive: true })
      for (const name of ['a', 'b']) writeFileSync(join(cwd, `${name}.ts`), '')
      writeFileSync(join(cwd, 'unik.config.ts'), `export default { apps: ${apps} }`)
      return { cwd }
    }
    const same = (rest: string) => config(`[{ entry: 'a.ts', ${rest} }, { entry: 'b.ts', ${rest} }]`)
    expect(await failure(same('host: "X.example"'))).to.include('host x.example: a.ts and b.ts')
    expect(await failure(same('path: "/x"'))).to.include('path /x: a.ts and b.ts')
  })

  it('refuses a script among them, with its file', async () => {
    const message = await failure({ entries: ['one.ts', 'script.ts'] })
    expect(message).to.include('script.ts is a script')
    expect(message).to.include(join(scratch(), 'script.ts'))
  })

  it('refuses targets that hold one app; `all` leaves them out, and says so', async () => {
    expect(await failure({ targets: ['linux', 'npm', 'web'] })).to.include('target npm, web holds one app')
    const { artefacts, warnings } = await make({
      entries: ['one.ts', 'shop'],
      targets: ['all'],
      output: 'all',
    })
    const names = artefacts.map(({ target }) => target)
    expect(names).to.include.members(['workerd', 'linux', 'qemu', 'oci', 'deb'])
    expect(names).not.to.include.members(['npm'])
    expect(warnings).to.include('left out, as they hold one app only: appengine, lambda, npm, web')
    const elfs = artefacts.filter(({ carries }) => carries === 'elf').map(({ appSha256 }) => appSha256)
    expect(new Set(elfs).size).to.equal(1)
  })
})
