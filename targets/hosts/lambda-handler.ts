import { Buffer } from 'node:buffer'
import { runJob } from './node-job.js'
import type { FetchApp } from './node-serve.js'

/** Payload format 2.0 of function URLs and HTTP APIs, as far as a request needs it. */
interface HttpEvent {
  readonly rawPath: string
  readonly rawQueryString?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
  readonly body?: string
  readonly isBase64Encoded?: boolean
  readonly requestContext: { readonly domainName?: string; readonly http: { readonly method: string } }
}

interface HttpResult {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: readonly string[]
  readonly body: string
  readonly isBase64Encoded: boolean
}

/** HTTP events become requests; any other is POSTed to /events as JSON, and an answer that is no success fails the invocation. */
export function serverHandler(app: FetchApp): (event: unknown) => Promise<unknown> {
  return async (event) => {
    if (isHttpEvent(event)) return httpResult(await app.fetch(httpRequest(event)))
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(event)
    const response = await app.fetch(
      new Request('http://localhost/events', { method: 'POST', headers, body }),
    )
    if (!response.ok) throw new Error(`the app answered the event with status ${response.status}`)
    return response.headers.get('content-type')?.startsWith('application/json')
      ? response.json()
      : response.text()
  }
}

/** Each invocation runs the script once; its result is what the script wrote. */
export function scriptHandler(script: string): () => Promise<string> {
  return async () => {
    const { status, output } = await runJob(script)
    if (status !== 0) throw new Error(`the script ended with status ${status}`)
    return output
  }
}

function isHttpEvent(event: unknown): event is HttpEvent {
  const candidate = event as Partial<HttpEvent> | null
  return typeof candidate?.rawPath === 'string' && candidate.requestContext?.http !== undefined
}

function httpRequest(event: HttpEvent): Request {
  const { rawPath, rawQueryString = '', cookies = [], requestContext } = event
  const headers = new Headers(event.headers)
  if (cookies.length > 0) headers.set('cookie', cookies.join('; '))
  const host = headers.get('host') ?? requestContext.domainName ?? 'localhost'
  const protocol = headers.get('x-forwarded-proto') ?? 'https'
  const query = rawQueryString === '' ? '' : `?${rawQueryString}`
  const { method } = requestContext.http
  const body =
    event.body === undefined || method === 'GET' || method === 'HEAD'
      ? null
      : Buffer.from(event.body, event.isBase64Encoded === true ? 'base64' : 'utf8')
  return new Request(`${protocol}://${host}${rawPath}${query}`, { method, headers, body })
}

async function httpResult(response: Response): Promise<HttpResult> {
  const bytes = Buffer.from(await response.arrayBuffer())
  const text = bytes.toString()
  const isText = bytes.equals(Buffer.from(text))
  return {
    statusCode: response.status,
    headers: Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie')),
    cookies: response.headers.getSetCookie(),
    body: isText ? text : bytes.toString('base64'),
    isBase64Encoded: !isText,
  }
}
