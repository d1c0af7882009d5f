import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { UserError } from '../base/user-error.js'

/** Ports that no system takes for outgoing connections, or hands out when it is asked for any: before we use one, few would take it. */
const quiet = { first: 20_000, count: 12_000 }

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const port = quiet.first + randomInt(quiet.count)
    if (await listenOnce(port).catch(() => false)) return port
  }
  return listenOnce(0)
}

/** Fails when somebody listens on it already. */
export async function checkPort(port: number): Promise<void> {
  try {
    await listenOnce(port)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const why = code === 'EACCES' ? 'may not be used by this user' : 'is in use'
    throw new UserError(`port ${port} of 127.0.0.1 ${why}`, {
      hint: 'choose another: -p HOST:GUEST, or leave -p out for a free one',
    })
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port))
    })
  })
}
