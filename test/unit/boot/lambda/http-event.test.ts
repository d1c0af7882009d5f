import { createServer } from 'node:http'
import { expect } from 'chai'
import { listen } from '../../../../boot/file-server.js'
import { eventOf, type HttpEvent, sendAnswer } from '../../../../boot/lambda/http-event.js'
import type { Answer } from '../../../../boot/lambda/runtime-api.js'

describe('events of a function URL', () => {
  /** What a request became, and what its sender got for an answer. */
  async function exchange(answer: Answer, path = '/', init: RequestInit = {}) {
    let event: HttpEvent | undefined
    const server = createServer(async (request, response) => {
      event = await eventOf(request, 'r1')
      sendAnswer(answer, response)
    })
    const port = await listen(server)
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, init)
      return { event, response, body: Buffer.from(await response.arrayBuffer()) }
    } finally {
      server.close()
      server.closeAllConnections()
    }
  }

  it('hold method, path, query, headers, cookies and bytes of the body', async () => {
    const headers = { cookie: 'a=1; b=2', 'x-asked': 'yes' }
    const { event } = await exchange({ result: null }, '/a%20b?x=1&x=2&y=', {
      method: 'PUT',
      headers,
      body: Buffer.of(1, 255),
    })
    expect(event).to.deep.include({
      version: '2.0',
      rawPath: '/a%20b',
      rawQueryString: 'x=1&x=2&y=',
      cookies: ['a=1', 'b=2'],
      queryStringParameters: { x: '1,2', y: '' },
      body: 'Af8=',
      isBase64Encoded: true,
    })
    expect(event?.headers).to.include({ 'x-asked': 'yes' }).and.not.to.have.property('cookie')
    expect(event?.requestContext.http).to.include({ method: 'PUT', path: '/a%20b' })
  })

  it('are answered with what the function returns', async () => {
    const result = {
      statusCode: 201,
      headers: { 'x-a': 1 },
      cookies: ['c=1', 'd=2'],
      body: 'Af8=',
      isBase64Encoded: true,
    }
    const { response, body } = await exchange({ result })
    expect(response.status).to.equal(201)
    expect(response.headers.get('x-a')).to.equal('1')
    expect(response.headers.getSetCookie()).to.deep.equal(['c=1', 'd=2'])
    expect([...body]).to.deep.equal([1, 255])
  })

  it('are answered with JSON where that is no answer of HTTP, and with 502 where the invocation failed', async () => {
    const { response, body } = await exchange({ result: { a: 1 } })
    expect(response.headers.get('content-type')).to.equal('application/json')
    expect(body.toString()).to.equal('{"a":1}')
    expect((await exchange({ error: { errorMessage: 'x' } })).response.status).to.equal(502)
  })

  it('are answered with 502 where HTTP cannot carry what the function returns', async () => {
    for (const result of [{ statusCode: 20 }, { statusCode: 200, headers: { 'x-a': 'a\nb' } }]) {
      const { response } = await exchange({ result: { body: 'x', ...result } })
      expect(response.status).to.equal(502)
      expect(response.headers.has('x-a')).to.equal(false)
    }
  })
})
