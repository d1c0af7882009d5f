import type { IncomingMessage, ServerResponse } from 'node:http'
import { bodyOf } from '../http-body.js'
import type { Answer } from './runtime-api.js'

/** The event of a function URL, payload format 2.0 (docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html). */
export interface HttpEvent {
  readonly version: '2.0'
  readonly routeKey: '$default'
  readonly rawPath: string
  readonly rawQueryString: string
  readonly headers: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
  readonly queryStringParameters?: Readonly<Record<string, string>>
  readonly requestContext: {
    readonly accountId: 'anonymous'
    readonly domainName: string
    readonly http: {
      readonly method: string
      readonly path: string
      readonly protocol: string
      readonly sourceIp: string
      readonly userAgent: string
    }
    readonly requestId: string
    readonly routeKey: '$default'
    readonly stage: '$default'
    readonly timeEpoch: number
  }
  readonly body?: string
  readonly isBase64Encoded: boolean
}

/** What a function answers such an event with; anything else is the body of a good answer. */
export interface HttpResult {
  readonly statusCode?: number
  readonly headers?: Readonly<Record<string, string | number | boolean>>
  readonly cookies?: readonly string[]
  readonly body?: string
  readonly isBase64Encoded?: boolean
}

/** A request as its event. Throws where its target is no path. */
export async function eventOf(request: IncomingMessage, requestId: string): Promise<HttpEvent> {
  const { headers, method = 'GET', httpVersion, socket } = request
  const { pathname, search, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const { cookie, ...rest } = headers
  const plain = Object.entries(rest).map(([name, value]) => [name, [value].flat().join(',')])
  const body = await bodyOf(request)
  const queries = [...new Set(searchParams.keys())].map((key) => [key, searchParams.getAll(key).join(',')])
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: { ...Object.fromEntries(plain), 'x-forwarded-proto': 'http' },
    ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
    ...(queries.length === 0 ? {} : { queryStringParameters: Object.fromEntries(queries) }),
    requestContext: {
      accountId: 'anonymous',
      domainName: headers.host ?? 'localhost',
      http: {
        method,
        path: pathname,
        protocol: `HTTP/${httpVersion}`,
        sourceIp: socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: '$default',
      stage: '$default',
      timeEpoch: Date.now(),
    },
    ...(body.length === 0 ? {} : { body: body.toString('base64') }),
    isBase64Encoded: body.length > 0,
  }
}

/** Answers the request as the function URL does: a failed invocation is a 502, and so is an answer that HTTP cannot carry. */
export function sendAnswer({ result, error }: Answer, response: ServerResponse): void {
  try {
    if (error === undefined) {
      sendResult(result, response)
      return
    }
  } catch {
    for (const name of response.getHeaderNames()) response.removeHeader(name)
  }
  response.writeHead(502, { 'content-type': 'application/json' }).end('{"message":"Internal Server Error"}')
}

function sendResult(result: unknown, response: ServerResponse): void {
  if (!isHttpResult(result)) {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(typeof result === 'string' ? result : JSON.stringify(result ?? null))
    return
  }
  for (const [name, value] of Object.entries(result.headers ?? {})) response.setHeader(name, String(value))
  if ((result.cookies ?? []).length > 0) response.setHeader('set-cookie', [...(result.cookies ?? [])])
  response.writeHead(result.statusCode ?? 200)
  response.end(Buffer.from(result.body ?? '', result.isBase64Encoded === true ? 'base64' : 'utf8'))
}

function isHttpResult(result: unknown): result is HttpResult {
  return typeof result === 'object' && result !== null && 'statusCode' in result
}
