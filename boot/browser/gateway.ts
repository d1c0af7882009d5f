import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { bodyOf } from '../http-body.js'
import type { PageMessage, PageRequest } from './page-side.js'

/** An HTTP server whose requests a page makes. */
export interface Gateway {
  readonly server: Server
  /** What the page tells of an answer. */
  answer(message: PageMessage): void
}

/** `send` hands a request to the page. What a page may not see or say stays behind: Host, Cookie, Set-Cookie, and redirects, which it follows. */
export function createGateway(send: (request: PageRequest) => Promise<unknown>): Gateway {
  const waiting = new Map<number, ServerResponse>()
  let count = 0
  const server = createServer(async (incoming, response) => {
    const id = ++count
    waiting.set(id, response)
    response.once('close', () => waiting.delete(id))
    await send(await pageRequest(id, incoming)).catch((error) => fail(response, String(error)))
  })
  return {
    server,
    answer(message) {
      const response = 'id' in message ? waiting.get(message.id) : undefined
      if (response === undefined) return
      if ('status' in message) writeHead(response, message.status, message.headers)
      if ('chunk' in message) response.write(Buffer.from(message.chunk, 'base64'))
      if ('end' in message) response.end()
      if ('error' in message) fail(response, message.error)
    },
  }
}

async function pageRequest(id: number, incoming: IncomingMessage): Promise<PageRequest> {
  const { method = 'GET', url = '/', rawHeaders } = incoming
  const body = await bodyOf(incoming)
  const headers: [string, string][] = []
  for (let at = 0; at < rawHeaders.length; at += 2)
    headers.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? ''])
  const hasBody = method !== 'GET' && method !== 'HEAD' && body.length > 0
  return { id, method, path: url, headers, body: hasBody ? body.toString('base64') : undefined }
}

function writeHead(
  response: ServerResponse,
  status: number,
  headers: readonly (readonly [string, string])[],
): void {
  response.statusCode = status
  try {
    for (const [name, value] of headers) if (!ofConnection.has(name)) response.setHeader(name, value)
    response.flushHeaders()
  } catch (error) {
    fail(response, String(error)) // a page's Response holds control characters that HTTP cannot carry
  }
}

/** This server's own business: what a page reads is no longer framed, nor compressed. */
const ofConnection = new Set(['connection', 'content-encoding', 'content-length', 'transfer-encoding'])

function fail(response: ServerResponse, why: string): void {
  if (response.headersSent) response.destroy()
  else response.writeHead(502, { 'content-type': 'text/plain' }).end(`${why}\n`)
}
