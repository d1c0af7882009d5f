import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bodyOf } from '../http-body.js'

/** A stand-in for Lambda's Runtime API, version 2018-06-01. */
export interface RuntimeApi {
  /** HOST:PORT, for AWS_LAMBDA_RUNTIME_API. */
  readonly address: string
  /** One invocation: the handler's result, or the error that it failed with. */
  invoke(event: unknown): Promise<Answer>
  /** What the runtime posted when it could not start. */
  readonly initErrors: readonly unknown[]
  close(): void
}

/** How an invocation ended: its result, or what the runtime posted as its error. */
export interface Answer {
  readonly result?: unknown
  readonly error?: unknown
}

export async function startRuntimeApi(): Promise<RuntimeApi> {
  const queue: { id: string; event: unknown }[] = []
  const waiting: ServerResponse[] = []
  const invocations = new Map<string, (answer: Answer) => void>()
  const initErrors: unknown[] = []
  let count = 0

  const hand = () => {
    while (queue.length > 0 && waiting.length > 0) {
      const { id, event } = queue.shift() as { id: string; event: unknown }
      const headers = { 'content-type': 'application/json', 'lambda-runtime-aws-request-id': id }
      waiting.shift()?.writeHead(200, headers).end(JSON.stringify(event))
    }
  }
  const server = createServer(async (request, response) => {
    const path = request.url?.replace('/2018-06-01/runtime/', '') ?? ''
    if (path === 'invocation/next') {
      waiting.push(response)
      response.once('close', () => waiting.includes(response) && waiting.splice(waiting.indexOf(response), 1))
      hand()
      return
    }
    const value = JSON.parse((await bodyOf(request)).toString())
    const [, id = '', kind] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? []
    if (path === 'init/error') initErrors.push(value)
    else if (!invocations.has(id)) {
      response.writeHead(400).end()
      return
    }
    invocations.get(id)?.(kind === 'error' ? { error: value } : { result: value })
    invocations.delete(id)
    response.writeHead(202).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    initErrors,
    invoke: (event) =>
      new Promise((resolve) => {
        const id = `request-${++count}`
        invocations.set(id, resolve)
        queue.push({ id, event })
        hand()
      }),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
