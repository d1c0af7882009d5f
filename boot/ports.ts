import { createServer } from 'node:net'
import { UserError } from '../base/user-error.js'

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
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
