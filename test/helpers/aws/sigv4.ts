import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** A request as it came in. */
export interface SignedRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Account {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
}

/** Checks a request as AWS Signature Version 4 has it. Returns what is wrong with it; undefined: nothing. */
export function signatureProblem(
  request: SignedRequest,
  service: string,
  account: Account,
): string | undefined {
  const { headers } = request
  const authorization =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    )
  if (authorization === null) return 'there is no signature'
  const [, key, scope = '', signed = '', signature] = authorization
  const date = String(headers['x-amz-date'])
  if (key !== account.accessKeyId) return `the access key ${key} is unknown`
  if (scope !== `${date.slice(0, 8)}/${account.region}/${service}/aws4_request`)
    return `the scope ${scope} is wrong`
  if (Math.abs(timeOf(date) - Date.now()) > 300_000) return `the date ${date} is not now`
  const names = signed.split(';')
  const needed = Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-amz-'))
  const unsigned = needed.find((name) => !names.includes(name))
  if (unsigned !== undefined) return `${unsigned} is not signed`
  const payload = headers['x-amz-content-sha256'] ?? sha256(request.body)
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== sha256(request.body))
    return 'the payload is not the one that was signed'
  const toSign = [
    'AWS4-HMAC-SHA256',
    date,
    scope,
    sha256(canonicalRequest(request, names, String(payload))),
  ].join('\n')
  const signingKey = [...scope.split('/')].reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${account.secretAccessKey}`,
  )
  const expected = createHmac('sha256', signingKey).update(toSign).digest('hex')
  return expected === signature ? undefined : 'the signature does not match'
}

// Of paths without characters that need encoding, which those of these services are.
function canonicalRequest(
  { method, url, headers }: SignedRequest,
  names: readonly string[],
  payload: string,
): string {
  const { pathname, searchParams } = new URL(url, 'http://host')
  const query = [...searchParams]
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&')
  const lines = names.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}\n`)
  return [method, pathname, query, lines.join(''), names.join(';'), payload].join('\n')
}

// 20261122T081500Z
function timeOf(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5'))
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}
