import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { bodyOf } from '../http-body.js'
import type { HttpEvent, HttpResult } from './http-event.js'

/**
 * Stands in for AWS's Lambda Web Adapter, a layer that is to be had in AWS only: waits until the app listens on `port`, then takes
 * invocations from the Runtime API, makes each HTTP event a request to the app, and the app's answer the invocation's result.
 */
export async function runWebAdapter(api: string, port: number): Promise<never> {
  const runtime = `http://${api}/2018-06-01/runtime/invocation`
  while (!(await listens(port))) await pause(10) // the adapter asks as often
  for (;;) {
    const next = await fetch(`${runtime}/next`)
    const id = next.headers.get('lambda-runtime-aws-request-id')
    const post = (kind: string, value: unknown) =>
      fetch(`${runtime}/${id}/${kind}`, { method: 'POST', body: JSON.stringify(value) })
    try {
      await post('response', await forward((await next.json()) as HttpEvent, port))
    } catch (error) {
      await post('error', { errorType: 'AdapterError', errorMessage: String(error) })
    }
  }
}

function forward(event: HttpEvent, port: number): Promise<HttpResult> {
  const { rawPath, rawQueryString, cookies, requestContext } = event
  const headers = { ...event.headers, ...(cookies === undefined ? {} : { cookie: cookies.join('; ') }) }
  const path = rawQueryString === '' ? rawPath : `${rawPath}?${rawQueryString}`
  const { method } = requestContext.http
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, async (response) => {
      const { 'set-cookie': set, ...rest } = response.headers
      const plain = Object.entries(rest).map(([name, value]) => [name, [value].flat().join(',')])
      resolve({
        statusCode: response.statusCode ?? 502,
        headers: Object.fromEntries(plain),
        ...(set === undefined ? {} : { cookies: set }),
        body: (await bodyOf(response)).toString('base64'),
        isBase64Encoded: true,
      })
    })
    sent.on('error', reject)
    sent.end(
      event.body === undefined ? '' : Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8'),
    )
  })
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path: '/' }, (response) => {
      response.resume()
      resolve((response.statusCode ?? 500) < 500)
    })
    asked.on('error', () => resolve(false))
    asked.end()
  })
}
