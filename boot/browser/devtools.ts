import type { Readable, Writable } from 'node:stream'

/** A client of the Chrome DevTools Protocol, over the two pipes of --remote-debugging-pipe. */
export interface Devtools {
  /** A method's result; `session` is of a target, none is the browser's own. */
  send(method: string, parameters?: object, session?: string): Promise<Record<string, unknown>>
}

/** What the browser tells by itself. */
export interface DevtoolsEvent {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly sessionId?: string
}

interface Message extends Partial<DevtoolsEvent> {
  readonly id?: number
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

/** Messages are JSON texts with a zero byte behind each. */
export function connectDevtools(
  commands: Writable,
  answers: Readable,
  onEvent: (event: DevtoolsEvent) => void,
): Devtools {
  const waiting = new Map<number, (message: Message) => void>()
  let count = 0
  let held: Buffer = Buffer.alloc(0)
  answers.on('data', (piece: Buffer) => {
    held = Buffer.concat([held, piece])
    for (let end = held.indexOf(0); end >= 0; end = held.indexOf(0)) {
      const message = JSON.parse(held.subarray(0, end).toString()) as Message
      held = held.subarray(end + 1)
      if (message.id === undefined) onEvent(message as DevtoolsEvent)
      else waiting.get(message.id)?.(message)
    }
  })
  answers.on('close', () => {
    for (const tell of waiting.values()) tell({ error: { message: 'the browser has gone' } })
  })
  commands.on('error', () => {}) // it has gone: `close` tells
  return {
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        const id = ++count
        waiting.set(id, ({ result, error }) => {
          waiting.delete(id)
          if (error === undefined) resolve(result ?? {})
          else reject(new Error(`${method}: ${error.message}`))
        })
        commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
      }),
  }
}
