import { expect } from 'chai'
import { firstResponse } from '../../boot/probe.js'
import type { BootRequest } from '../../cli/boot-session.js'
import { startGuest } from './boot.js'

/** Boots an artefact, expects this answer on its first port, and a good end after its platform's shutdown. */
export async function expectServed(
  folder: string,
  answer: string,
  changes: Partial<BootRequest> = {},
): Promise<void> {
  const session = await startGuest({ subject: folder, timeout: 60, ...changes })
  const timer = setTimeout(() => session.guest.kill(), 90_000)
  const ended = new AbortController()
  void session.ended.then(() => ended.abort())
  const url = `http://127.0.0.1:${session.ports[0]?.host}/`
  const milliseconds = await firstResponse(url, session.guest.startedAt, ended.signal)
  const text = milliseconds === undefined ? undefined : await (await fetch(url)).text()
  await session.guest.shutdown()
  const report = await session.ended
  clearTimeout(timer)
  const told = [folder, changes.way ?? '', ...report.lines.map((line) => line.text)].join('\n')
  expect(text, told).to.equal(answer)
  expect(report, told).to.include({ verdict: 'exited', status: 0 })
}
