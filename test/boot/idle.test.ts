import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { startGuest } from '../helpers/boot.js'
import { answersWithin } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'

const seconds = 5
const ticksPerSecond = 100 // Linux's USER_HZ

describe('idle', function () {
  this.timeout(90_000)
  const scratch = scratchFolder()

  // The goal is 1 %; the rest is for a busy host, where each of QEMU's own wake-ups costs more.
  it('a server without requests uses next to nothing of its host', async function () {
    if (process.platform !== 'linux') this.skip()
    writeFileSync(join(scratch(), 'app.ts'), "export default { fetch: () => new Response('hello') }\n")
    const session = await startGuest({
      subject: join(scratch(), 'app.ts'),
      target: 'qemu',
      output: join(scratch(), 'dist'),
      cwd: scratch(),
    })
    try {
      expect(await answersWithin(`http://127.0.0.1:${session.ports[0]?.host}`, 30_000)).to.equal(true)
      await pause(3000) // IPv6 asks for routers, the connection's end is acknowledged
      const before = cpuSeconds(session.guest.pid)
      await pause(seconds * 1000)
      const share = (cpuSeconds(session.guest.pid) - before) / seconds
      expect(share, 'share of one processor').to.be.lessThan(0.03)
    } finally {
      session.guest.kill()
      await session.ended
    }
  })
})

/** proc(5): fields 14 and 15, behind the name in parentheses. */
function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
