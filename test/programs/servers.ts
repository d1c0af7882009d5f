import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { BootSession } from '../../cli/boot-session.js'
import { startGuest } from '../helpers/boot.js'

/** A server that runs as a guest, ready for connections. */
export interface Server {
  readonly session: BootSession
  /** On this machine. */
  readonly port: number
  /** All that it has written. */
  text(): string
}

export interface ServerRequest {
  /** Folder of the test: its root file system is in `root`. */
  readonly folder: string
  readonly init: string
  readonly args?: readonly string[]
  /** Port in the guest. */
  readonly port: number
  /** MiB; undefined: what the image declares. */
  readonly memory?: number
}

/** Boots it and waits until it listens. */
export async function startServer(request: ServerRequest): Promise<Server> {
  let listens = false
  let ended = false
  const { folder, init, args = [], port, memory } = request
  const session = await startGuest({
    rootfs: { folder: join(folder, 'root'), init },
    output: join(folder, 'dist'),
    env: { PORT: String(port) },
    args,
    memory,
    onRecord: ({ key, value }) => {
      listens ||= key === 'listen' && value === String(port)
    },
  })
  void session.ended.then(() => {
    ended = true
  })
  const text = () =>
    session.guest
      .lines()
      .map((line) => line.text)
      .join('\n')
  while (!listens && !ended) await pause(20)
  if (ended) throw new Error(`${init} ended before it listened:\n${text()}`)
  return { session, port: session.ports[0]?.host ?? 0, text }
}

/** Shuts it down as a platform would, and says how it ended. */
export async function stopServer({ session }: Server): Promise<number> {
  await session.guest.shutdown()
  const timer = setTimeout(() => session.guest.kill(), 20_000)
  const { status } = await session.ended
  clearTimeout(timer)
  return status
}
