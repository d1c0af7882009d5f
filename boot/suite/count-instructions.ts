import { startLife } from './life.js'
import type { StartApp } from './run-order.js'
import { within } from './wait-error.js'

/** A driver that looks for the end of what a device does looks more often when the host is busy: the least of so many starts counts. */
const starts = 3

/**
 * Guest instructions from the kernel's entry to its first response, or to a script's first output, less those for which the
 * processor had nothing to do. `start` starts a machine whose time-stamp counter counts instructions, and whose kernel tells its
 * marks. Undefined: it did not get so far.
 */
export async function countInstructions(
  start: StartApp,
  serves: boolean,
  seconds: number,
): Promise<number | undefined> {
  let least: number | undefined
  for (let i = 0; i < starts; i++) {
    const count = await countOnce(start, serves, seconds)
    if (count === undefined) return undefined
    least = Math.min(count, least ?? count)
  }
  return least
}

// A server is asked once, when it listens: each further connection would count, too.
async function countOnce(start: StartApp, serves: boolean, seconds: number): Promise<number | undefined> {
  const marks = new Map<string, number>()
  let listens = () => {}
  const listening = new Promise<void>((resolve) => {
    listens = resolve
  })
  const life = await startLife(
    (watch) =>
      start({
        ...watch,
        onRecord(record) {
          const [name = '', ticks, idle] = record.value.split(',')
          if (record.key === 'mark') marks.set(name, Number(ticks) - Number(idle))
          if (record.key === 'listen') listens()
          watch.onRecord(record)
        },
      }),
    () => 0,
  )
  const last = serves ? 'response' : 'output'
  const told = async () => {
    if (serves) {
      await Promise.race([listening, life.ended])
      await fetch(`${life.origin}/`).catch(() => {}) // what came of it is in the marks
    }
    while (!marks.has(last) && life.report === undefined) await life.nextSign()
  }
  await within(seconds, told(), 'the marks were not told').catch(() => {})
  life.guest.kill()
  await life.ended
  return marks.get(last)
}
