import { UserError } from '../base/user-error.js'

/** The port that an app listens on: PORT of its environment, else 8080. */
export function appPort(env: Readonly<Record<string, string>>): number {
  const { PORT: text = '8080' } = env
  const port = /^\d+$/.test(text) ? Number(text) : 0
  if (isPort(port)) return port
  throw new UserError(`PORT=${text}: expected a port number, 1 to 65535`, { status: 2 })
}

/** Whether a number can be a TCP port that somebody listens on. */
export function isPort(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value < 65536
}
