import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cloud, emptyCloud } from './cloud.js'
import { answerEbs, ebsOperation } from './ebs-direct.js'
import { answerEc2, element } from './ec2-query.js'
import { ServiceError } from './service-error.js'
import { type Account, type SignedRequest, signatureProblem } from './sigv4.js'

/**
 * What goes wrong with a call: a refusal, so many milliseconds, or the connection: `cut` while the request comes in, `lost` after it was
 * carried out and before the answer, `torn` in the middle of the answer, `stalled` for ever.
 */
export type Fault = ServiceError | number | 'cut' | 'lost' | 'torn' | 'stalled'

export interface Call {
  readonly api: string
  /** Of the calls of this kind, from 1. */
  readonly count: number
  /** Of PutSnapshotBlock. */
  readonly index: number
}

/** A stand-in for the EBS direct API and what of EC2 an upload needs, as strict as their references. */
export interface AwsServer {
  readonly endpoint: string
  readonly cloud: Cloud
  /** Every call that came in, in order. */
  readonly calls: Call[]
  /** Refusals that no test asked for. */
  readonly refusals: string[]
  /** The most that were under way at one time. */
  readonly most: () => number
  close(): void
}

export const account: Account = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'eu-central-1',
}

export async function startAws(
  fault: (call: Call) => Fault | undefined = () => undefined,
): Promise<AwsServer> {
  const cloud = emptyCloud()
  const calls: Call[] = []
  const refusals: string[] = []
  let now = 0
  let most = 0
  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    most = Math.max(most, ++now)
    response.once('close', () => now--)
    const { method = '', url = '', headers } = incoming
    const service = /\/(ebs|ec2)\/aws4_request/.exec(headers.authorization ?? '')?.[1] ?? 'none'
    const head = { method, url, headers, body: Buffer.alloc(0) }
    const operation = ebsOperation(head)
    if (operation !== undefined) {
      const wrong = note(operation.api, operation.index)
      if (wrong === 'cut') return void incoming.once('data', () => incoming.destroy())
      const body = await bodyOf(incoming)
      return reply(response, wrong, () => ebsReply(cloud, check({ ...head, body }, service)))
    }
    const body = await bodyOf(incoming)
    const query = new URLSearchParams(body.toString())
    const wrong = note(query.get('Action') ?? 'none', -1)
    if (wrong === 'cut') return void incoming.destroy()
    return reply(response, wrong, () => ec2Reply(cloud, query, check({ ...head, body }, service)))
  }
  const note = (api: string, index: number) => {
    const call = { api, index, count: calls.filter((each) => each.api === api).length + 1 }
    calls.push(call)
    return fault(call)
  }
  const check = (request: SignedRequest, service: string) => {
    const problem = signatureProblem(request, service, account)
    if (problem !== undefined) throw new ServiceError('SignatureDoesNotMatch', problem, 403)
    return request
  }
  const reply = async (response: ServerResponse, wrong: Fault | undefined, make: () => Reply) => {
    if (wrong === 'stalled') return
    if (typeof wrong === 'number') await sleep(wrong)
    const { status, headers, body } =
      wrong instanceof ServiceError ? refusalOf(wrong, response) : carryOut(make, response)
    if (wrong === 'lost') return void response.destroy()
    response.writeHead(status, {
      ...headers,
      'content-length': Buffer.byteLength(body) + (wrong === 'torn' ? 9 : 0),
    })
    if (wrong === 'torn') response.write(body || ' ', () => response.destroy())
    else response.end(body)
  }
  const carryOut = (make: () => Reply, response: ServerResponse): Reply => {
    try {
      return make()
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      refusals.push(`${error.code}: ${error.message}`)
      return refusalOf(error, response)
    }
  }
  const server = createServer(
    (incoming, response) => void answer(incoming, response).catch(() => response.destroy()),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ cloud, calls, refusals, most: () => most },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

function ebsReply(cloud: Cloud, request: SignedRequest): Reply {
  const { status, headers, body } = answerEbs(cloud, request)
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

function ec2Reply(cloud: Cloud, query: URLSearchParams, { headers }: SignedRequest): Reply {
  if (!/^application\/x-www-form-urlencoded/.test(headers['content-type'] ?? ''))
    throw new ServiceError('InvalidParameter', `content-type ${headers['content-type']}`)
  const content = element('requestId', 'request') + answerEc2(cloud, query)
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: element(`${query.get('Action')}Response`, content),
  }
}

// Each service in its own words: JSON and a header, or XML.
function refusalOf({ code, message, status, reason }: ServiceError, response: ServerResponse): Reply {
  if (response.req.url !== '/')
    return {
      status,
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
      body: JSON.stringify({ message, ...(reason === undefined ? {} : { Reason: reason }) }),
    }
  const error = element('Error', element('Code', code) + element('Message', message))
  return {
    status,
    headers: { 'content-type': 'text/xml' },
    body: element('Response', element('Errors', error) + element('RequestID', 'request')),
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}
