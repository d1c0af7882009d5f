import { createHash, randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { scratchFolder } from '../helpers/scratch.js'
import { skip } from '../helpers/tool.js'
import { type Server, startServer, stopServer } from './servers.js'

// A static Go program, as `go build` makes it: in the memory that its image declares.
describe('Go', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  let server: Server
  let origin = ''

  before(async function () {
    const program = join(packageRoot, '.cache/go-server')
    if (!existsSync(program)) skip(this, 'needs the package golang-go')
    mkdirSync(join(scratch(), 'root/tmp'), { recursive: true })
    copyFileSync(program, join(scratch(), 'root/server'))
    server = await startServer({ folder: scratch(), init: '/server', port: 8080 })
    origin = `http://127.0.0.1:${server.port}`
  })
  after(() => server?.session.guest.kill())

  it('answers 300 requests over 10 connections', async () => {
    const client = async (n: number) => {
      for (let i = 0; i < 30; i++)
        expect(await (await fetch(`${origin}/${n}/${i}`)).text()).to.equal(`hello /${n}/${i}\n`)
    }
    await Promise.all(Array.from({ length: 10 }, (_, n) => client(n)))
  })

  it('receives a megabyte whole', async () => {
    const body = randomBytes(1 << 20)
    const answer = await (await fetch(`${origin}/sum`, { method: 'POST', body })).text()
    expect(answer).to.equal(`${body.length} ${createHash('sha256').update(body).digest('hex')} <nil>\n`)
  })

  it('has threads, timers, files, names and its memory back', async () => {
    expect((await (await fetch(`${origin}/check`)).text()).split('\n')).to.deep.equal([
      'goroutines 2000 threads 20',
      'file <nil> <nil> 100000 -rw------- <nil>',
      'names [127.0.0.1 ::1] <nil> interfaces 2 <nil>',
      'processes fork/exec /server: function not implemented',
      'heap true processors 1',
      '',
    ])
  })

  it('ends by SIGTERM', async () => expect(await stopServer(server)).to.equal(143))
})
