import { UserError } from '../base/user-error.js'

/** The port that an app listens on: PORT of its environment, else 8080. */
export function appPort(env: Readonly<Record<string, string>>): number {
  const { PORT: text = '8080' } = env
  const port = /^\d+$/.test(text) ? Number(text) : 0
  if (isPort(port)) return port
  throw new UserError(`PORT=${text}: expected a port number, 1 to 65535`, { status: 2 })
}

/** The environment of an app that was said to listen on ports: what serves its fetch takes the port from PORT. */
export function withPort(
  env: Readonly<Record<string, string>>,
  [first]: readonly number[],
): Readonly<Record<string, string>> {
  return first === undefined ? env : { PORT: String(first), ...env }
}

/** Every port that an app listens on, the one of PORT first: of its environment, else the first of those it was said to have. */
export function appPorts(env: Readonly<Record<string, string>>, ports: readonly number[]): readonly number[] {
  const [first] = ports
  return [...new Set([env.PORT === undefined && first !== undefined ? first : appPort(env), ...ports])]
}

/** Whether a number can be a TCP port that somebody listens on. */
export function isPort(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value < 65536
}
