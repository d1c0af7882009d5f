import { connect, type Socket } from 'node:net'

export interface RawResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A connection on which a test says exactly what is sent. */
export interface RawConnection {
  readonly socket: Socket
  send(text: string | Uint8Array): void
  /** The next response; `head` when it answers HEAD, and so has no body. */
  response(head?: boolean): Promise<RawResponse>
  /** All that has come and not been read, once the server has closed. */
  closed(): Promise<string>
}

export async function rawConnection(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  let received = Buffer.alloc(0)
  let hasEnded = false
  let wake = () => {}
  socket.on('data', (piece) => {
    received = Buffer.concat([received, piece])
    wake()
  })
  for (const event of ['end', 'close', 'error'])
    socket.on(event, () => {
      hasEnded = true
      wake()
    })
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const more = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })

  async function until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      if (hasEnded)
        throw new Error(`the connection ended with ${JSON.stringify(received.toString('latin1'))}`)
      await more()
    }
  }

  function takeResponse(isHead: boolean): RawResponse | undefined {
    const end = received.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    const [statusLine = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n')
    const status = Number(statusLine.split(' ')[1])
    const headers = Object.fromEntries(lines.map((line) => line.split(/: ?(.*)/s).slice(0, 2)))
    const size =
      isHead || status < 200 || status === 204 || status === 304 ? 0 : Number(headers['content-length'])
    if (received.length < end + 4 + size) return undefined
    const body = received.subarray(end + 4, end + 4 + size).toString('latin1')
    received = received.subarray(end + 4 + size)
    return { status, headers, body }
  }

  return {
    socket,
    send: (text) => void socket.write(text),
    response: (head = false) => until(() => takeResponse(head)),
    closed: async () => {
      while (!hasEnded) await more()
      socket.end()
      return received.toString('latin1')
    },
  }
}

/** One connection, one request, one response, and whether the server then closed. */
export async function exchange(port: number, text: string): Promise<RawResponse & { readonly rest: string }> {
  const connection = await rawConnection(port)
  connection.send(text)
  const response = await connection.response()
  const rest = await connection.closed()
  return { ...response, rest }
}
