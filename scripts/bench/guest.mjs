// One guest for a measurement: started by the product's own boot code, with QEMU arguments added.
import { firstResponse } from '../../lib/boot/probe.js'
import { startBoot } from '../../lib/cli/boot-session.js'

export async function startGuest(app, changes = {}) {
  const marks = new Map()
  const session = await startBoot({
    subject: app.image,
    target: undefined,
    output: app.folder,
    cwd: app.folder,
    env: {},
    args: [],
    memory: undefined,
    ports: [],
    accel: 'tcg',
    timeout: 30,
    kernelWords: [],
    onRecord: ({ key, value }) => {
      const [name, tsc, idle] = value.split(',')
      if (key === 'mark') marks.set(name, Number(tsc) - Number(idle))
    },
    ...changes,
  })
  return { session, marks, origin: `http://127.0.0.1:${session.ports[0]?.host}`, pid: session.guest.pid }
}

/** Boots, waits for the first HTTP 200 (undefined: it never came within `limit` ms), then shuts down. */
export async function bootOnce(app, changes = {}, limit = 20_000) {
  const { session, marks, origin } = await startGuest(app, changes)
  const ended = new AbortController()
  session.guest.ended.then(() => ended.abort())
  const response = await firstResponse(
    `${origin}/`,
    session.guest.startedAt,
    AbortSignal.any([ended.signal, AbortSignal.timeout(limit)]),
  )
  await session.guest.shutdown().catch(() => {})
  const timer = setTimeout(() => session.guest.kill(), 3000)
  const report = await session.ended
  clearTimeout(timer)
  return { response, marks, report }
}

/** A script: boots and waits for its end. */
export async function runOnce(app, changes = {}) {
  const { session, marks } = await startGuest(app, changes)
  const timer = setTimeout(() => session.guest.kill(), 20_000)
  const report = await session.ended
  clearTimeout(timer)
  return { marks, report }
}
