// biome-ignore-all lint: declarations follow the APIs that they describe
/** Bodies are whole in memory; there are no streams yet, and so no `body`. */
type BodyInit = string | ArrayBuffer | ArrayBufferView | URLSearchParams

interface Body {
  readonly bodyUsed: boolean
  text(): Promise<string>
  json(): Promise<any>
  arrayBuffer(): Promise<ArrayBuffer>
  bytes(): Promise<Uint8Array>
}

interface RequestInit {
  method?: string
  headers?: HeadersInit
  body?: BodyInit | null
  signal?: unknown
}

declare class Request implements Body {
  constructor(input: string | URL | Request, init?: RequestInit)
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly signal: unknown
  readonly redirect: 'follow'
  readonly cache: 'default'
  readonly credentials: 'same-origin'
  readonly mode: 'cors'
  readonly referrer: string
  readonly integrity: string
  readonly keepalive: boolean
  readonly bodyUsed: boolean
  text(): Promise<string>
  json(): Promise<any>
  arrayBuffer(): Promise<ArrayBuffer>
  bytes(): Promise<Uint8Array>
  clone(): Request
}

interface ResponseInit {
  status?: number
  statusText?: string
  headers?: HeadersInit
}

declare class Response implements Body {
  constructor(body?: BodyInit | null, init?: ResponseInit)
  static json(value: unknown, init?: ResponseInit): Response
  static redirect(url: string | URL, status?: 301 | 302 | 303 | 307 | 308): Response
  static error(): Response
  readonly status: number
  readonly ok: boolean
  readonly statusText: string
  readonly headers: Headers
  readonly type: 'default' | 'error'
  readonly url: string
  readonly redirected: boolean
  readonly bodyUsed: boolean
  text(): Promise<string>
  json(): Promise<any>
  arrayBuffer(): Promise<ArrayBuffer>
  bytes(): Promise<Uint8Array>
  clone(): Response
}
