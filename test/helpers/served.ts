import { expect } from 'chai'
import { firstResponse } from '../../boot/probe.js'
import { startGuest } from './boot.js'

/** Boots an artefact, expects this answer on its first port, and a good end after its platform's shutdown. */
export async function expectServed(folder: string, answer: string, limit = 60_000): Promise<void> {
  const session = await startGuest({ subject: folder, timeout: limit / 1000 })
  const timer = setTimeout(() => session.guest.kill(), limit)
  const ended = new AbortController()
  void session.ended.then(() => ended.abort())
  const url = `http://127.0.0.1:${session.ports[0]?.host}/`
  const milliseconds = await firstResponse(url, session.guest.startedAt, ended.signal)
  const text = milliseconds === undefined ? undefined : await (await fetch(url)).text()
  await session.guest.shutdown()
  const report = await session.ended
  clearTimeout(timer)
  expect(text, report.lines.map((line) => line.text).join('\n')).to.equal(answer)
  expect(report).to.include({ verdict: 'exited', status: 0 })
}
