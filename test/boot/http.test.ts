import { writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { expect } from 'chai'
import { firstResponse } from '../../boot/probe.js'
import type { BootSession } from '../../cli/boot-session.js'
import { startGuest } from '../helpers/boot.js'
import { ask } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'

const source = `
export default {
  fetch(request: Request): Response {
    const url = new URL(request.url)
    if (url.pathname === '/rss') return Response.json(process.memoryUsage().rss)
    return new Response('hello ' + url.searchParams.get('n'))
  },
}
`

// The main promise: a TypeScript file, booted, answers HTTP, under load, and keeps its memory.
for (const target of ['qemu', 'linux'])
  describe(`HTTP on ${target}`, function () {
    this.timeout(120_000)
    const scratch = scratchFolder()
    let session: BootSession
    let origin = ''

    before(async () => {
      writeFileSync(join(scratch(), 'app.ts'), source)
      session = await startGuest({
        memory: 8, // what the budget gives HTTP hello: a leak in the kernel shows at once
        subject: join(scratch(), 'app.ts'),
        target,
        output: join(scratch(), 'dist'),
        cwd: scratch(),
      })
      origin = `http://127.0.0.1:${session.ports[0]?.host}`
      const first = await firstResponse(
        `${origin}/?n=0`,
        session.guest.startedAt,
        AbortSignal.timeout(30_000),
      )
      expect(
        first,
        session.guest
          .lines()
          .map((line) => line.text)
          .join('\n'),
      ).to.be.a('number')
    })
    after(() => session?.guest.kill())

    it('answers 1,000 requests one after another', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      for (let n = 0; n < 1000; n++) expect(await ask(`${origin}/?n=${n}`, agent)).to.equal(`hello ${n}`)
      agent.destroy()
    })

    it('serves 50 connections at once for 10 s without an error, and its memory is steady afterwards', async () => {
      await load(50, 2000) // what a first burst takes for good: buffers, the engine's atoms
      const before = Number(await ask(`${origin}/rss`))
      const served = await load(50, 10_000)
      const grown = Number(await ask(`${origin}/rss`)) - before
      expect(served).to.be.greaterThan(1000)
      expect(grown, `bytes grown over ${served} requests`).to.be.lessThan(256 * 1024)
    })

    it('stops cleanly when the platform shuts it down', async () => {
      await session.guest.shutdown()
      const report = await session.ended
      expect(report.verdict).to.equal('exited')
      expect(report.status).to.equal(0)
    })

    // `connections` clients on a connection each, asking again as soon as they are answered; resolves to the number of answers.
    // They connect one after another: QEMU's user network holds one waiting connection, and the host's next try is a second later.
    async function load(connections: number, milliseconds: number): Promise<number> {
      const agents = Array.from({ length: connections }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
      for (const agent of agents) await ask(`${origin}/`, agent)
      const end = performance.now() + milliseconds
      let served = 0
      const client = async (agent: Agent, id: number) => {
        for (let n = id; performance.now() < end; n += connections, served++)
          if ((await ask(`${origin}/?n=${n}`, agent)) !== `hello ${n}`)
            throw new Error('an answer of somebody else')
      }
      await Promise.all(agents.map(client))
      for (const agent of agents) agent.destroy()
      return served
    }
  })
