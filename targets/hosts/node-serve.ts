import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** The default export of a server app. */
export interface FetchApp {
  fetch(request: Request): Response | Promise<Response>
}

/**
 * Serves the app as the engine does: on HOST (default 0.0.0.0) and PORT (default 8080), until SIGTERM or SIGINT; requests that are
 * under way then are answered first.
 */
export function serve(app: FetchApp): Server {
  const server = createServer((incoming, outgoing) => {
    outgoing.once('close', () => server.listening || setImmediate(() => server.closeIdleConnections()))
    answer(app, incoming, outgoing).catch((error: unknown) => {
      console.error('Error in fetch handler:', error)
      if (outgoing.headersSent) outgoing.destroy()
      else outgoing.writeHead(500).end()
    })
  })
  server.listen(port(), process.env.HOST || '0.0.0.0')
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => server.close(() => process.exit()))
  return server
}

function port(): number {
  const text = process.env.PORT || '8080'
  const value = Number(text)
  if (/^\d+$/.test(text) && value < 65536) return value
  throw new RangeError(`PORT must be a number from 0 to 65535, but is '${text}'`)
}

async function answer(app: FetchApp, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const url = `http://${incoming.headers.host ?? 'localhost'}${incoming.url}`
  if (!URL.canParse(url)) {
    outgoing.writeHead(400).end()
    return
  }
  const response = await app.fetch(webRequest(url, incoming))
  outgoing.statusCode = response.status
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value)
  if (response.body === null || incoming.method === 'HEAD') outgoing.end()
  else await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), outgoing)
}

function webRequest(url: string, incoming: IncomingMessage): Request {
  const { method = 'GET', rawHeaders } = incoming
  const headers = new Headers()
  for (let at = 0; at < rawHeaders.length; at += 2)
    headers.append(rawHeaders[at] as string, rawHeaders[at + 1] as string)
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers })
  const body = Readable.toWeb(incoming) as ReadableStream
  return new Request(url, { method, headers, body, duplex: 'half' } as RequestInit)
}
