import { expect } from 'chai'
import { makeApp, residentSize, type Server, startServer } from './app.js'
import { exchange, rawConnection } from './raw-http.js'

const source = `
  let kept: Request | undefined
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  const routes: Record<string, (request: Request, url: URL) => unknown> = {
    '/': () => new Response('root'),
    '/echo': async (request) => new Response(await request.text(), { headers: { 'x-method': request.method } }),
    '/bytes': async (request) => new Response(await request.arrayBuffer()),
    '/json': async (request) => Response.json({ got: await request.json() }),
    '/url': (request) => new Response(request.url),
    '/headers': (request) => Response.json([...request.headers]),
    '/slow': async (request, url) => { await pause(Number(url.searchParams.get('ms') ?? 20)); return new Response('slow ' + request.url) },
    '/keep': (request) => { kept = request; return new Response('kept') },
    '/kept': async () => new Response([kept?.method, kept?.url, kept?.headers.get('x-mark'), await kept?.clone().text()].join()),
    '/throw': () => { throw new TypeError('thrown on purpose') },
    '/reject': async () => { await pause(1); throw new TypeError('rejected on purpose') },
    '/reject-now': () => Promise.reject(new TypeError('rejected at once')),
    '/nothing': () => undefined,
    '/string': () => 'no response',
    '/used': async () => { const r = new Response('x'); await r.text(); return r },
    '/empty': () => new Response(null, { status: 204 }),
    '/status': () => new Response('teapot', { status: 418, statusText: 'Short And Stout' }),
    '/cookies': () => { const r = new Response('c'); r.headers.append('set-cookie', 'a=1'); r.headers.append('set-cookie', 'b=2'); return r },
    '/big': (request, url) => new Response('0123456789abcdef'.repeat(Number(url.searchParams.get('kib')) * 64)),
    '/framing': () => new Response('body', { headers: { 'content-length': '999', 'transfer-encoding': 'chunked', connection: 'upgrade', date: 'fixed' } }),
    '/close': () => new Response('bye', { headers: { connection: 'close' } }),
    '/latin1': () => new Response('x', { headers: { 'x-name': 'é' } }),
    '/never': () => new Promise(() => {}),
  }
  export default {
    prefix: 'this is the app',
    fetch(request: Request) {
      const url = new URL(request.url)
      const route = routes[url.pathname]
      if (!route) return new Response('no route, ' + this.prefix, { status: 404 })
      return route(request, url) as Response
    },
  }
`

describe('the HTTP server of export default { fetch }', () => {
  let server: Server
  before(async () => {
    server = await startServer(await makeApp(source))
  })
  const at = (path: string) => `http://127.0.0.1:${server.port}${path}`
  const text = async (path: string, init?: RequestInit) => (await fetch(at(path), init)).text()
  const raw = () => rawConnection(server.port)
  const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: h\r\n${more}\r\n`

  describe('requests and responses', () => {
    it('has status, headers, length and date', async () => {
      const response = await fetch(at('/status'))
      expect([response.status, response.statusText]).to.deep.equal([418, 'Short And Stout'])
      expect(response.headers.get('content-type')).to.equal('text/plain;charset=UTF-8')
      expect(response.headers.get('content-length')).to.equal('6')
      expect(Math.abs(Date.parse(response.headers.get('date') ?? '') - Date.now())).to.be.lessThan(5000)
      expect(await response.text()).to.equal('teapot')
    })

    it('calls fetch as a method of the default export', async () => {
      expect(await text('/none')).to.equal('no route, this is the app')
    })

    it('gives bodies as text, bytes and JSON', async () => {
      expect(await text('/echo', { method: 'POST', body: 'grüße' })).to.equal('grüße')
      const bytes = new Uint8Array(
        await (
          await fetch(at('/bytes'), { method: 'PUT', body: new Uint8Array([0, 255, 128]) })
        ).arrayBuffer(),
      )
      expect([...bytes]).to.deep.equal([0, 255, 128])
      expect(await text('/json', { method: 'POST', body: '{"a":[1]}' })).to.equal('{"got":{"a":[1]}}')
      expect((await fetch(at('/json'), { method: 'POST', body: '{' })).status).to.equal(500)
    })

    it('gives the whole URL, as the URL standard writes it', async () => {
      const connection = await raw()
      const urls: Record<string, string> = {
        '/url?a=b%20c': 'http://h/url?a=b%20c',
        '/x/../url': 'http://h/url',
        '/url?q="<>': 'http://h/url?q=%22%3C%3E',
        'http://other:81/url': 'http://other:81/url',
      }
      for (const [target, url] of Object.entries(urls)) {
        connection.send(get(target))
        expect((await connection.response()).body).to.equal(url)
      }
      connection.socket.destroy()
    })

    it('gives headers in any case, combined, in order of their names', async () => {
      const connection = await raw()
      connection.send(get('/headers', 'X-B: 1\r\nx-a: \t padded \t\r\nX-b: 2\r\nEmpty:\r\n'))
      expect(JSON.parse((await connection.response()).body)).to.deep.equal([
        ['empty', ''],
        ['host', 'h'],
        ['x-a', 'padded'],
        ['x-b', '1, 2'],
      ])
      connection.socket.destroy()
    })

    it('a request may outlive its answer', async () => {
      await text('/keep', { method: 'POST', body: 'its body', headers: { 'x-mark': 'm' } })
      for (let i = 0; i < 5; i++) await text('/echo', { method: 'POST', body: 'other'.repeat(1000) })
      expect(await text('/kept')).to.equal(`POST,${at('/keep')},m,its body`)
    })

    it('answers HEAD without a body and with its length, 204 without either', async () => {
      const connection = await raw()
      connection.send(get('/status').replace('GET', 'HEAD'))
      const head = await connection.response(true)
      expect([head.status, head.headers['content-length']]).to.deep.equal([418, '6'])
      connection.send(get('/empty'))
      expect((await connection.response()).headers).to.not.have.property('content-length')
      connection.send(get('/'))
      expect((await connection.response()).body).to.equal('root')
      connection.socket.destroy()
    })

    it('keeps the framing to itself', async () => {
      const connection = await raw()
      connection.send(get('/framing'))
      const { headers, body } = await connection.response()
      expect(body).to.equal('body')
      expect(headers).to.not.have.any.keys('transfer-encoding', 'connection')
      expect(headers.date).to.equal('fixed')
      connection.send(get('/latin1'))
      expect((await connection.response()).headers['x-name']).to.equal('é')
      connection.socket.destroy()
      const cookies = await fetch(at('/cookies'))
      expect(cookies.headers.getSetCookie()).to.deep.equal(['a=1', 'b=2'])
    })
  })

  describe('connections', () => {
    it('stay open, and answer pipelined requests in order', async () => {
      const connection = await raw()
      connection.send(get('/slow?ms=30') + get('/') + get('/slow?ms=1') + get('/url'))
      const bodies = []
      for (let i = 0; i < 4; i++) bodies.push((await connection.response()).body)
      expect(bodies).to.deep.equal([
        'slow http://h/slow?ms=30',
        'root',
        'slow http://h/slow?ms=1',
        'http://h/url',
      ])
      connection.socket.destroy()
    })

    it('take a request byte by byte', async () => {
      const connection = await raw()
      connection.socket.setNoDelay(true)
      const request = `POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nX-Long: ${'v'.repeat(50)}\r\n\r\nhello${get('/')}`
      for (const byte of request) {
        connection.send(byte)
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect((await connection.response()).body).to.equal('hello')
      expect((await connection.response()).body).to.equal('root')
      connection.socket.destroy()
    })

    it('take chunked bodies, with extensions and trailers', async () => {
      const connection = await raw()
      const head = 'POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n'
      connection.send(`${head}5;ext=1\r\nhello\r\n1\r\n \r\n5\r\nthere\r\n0\r\nTrailer: t\r\n\r\n${get('/')}`)
      expect((await connection.response()).body).to.equal('hello there')
      expect((await connection.response()).body).to.equal('root')
      const large = 'x'.repeat(70_000)
      connection.send(`${head}${large.length.toString(16)}\r\n`)
      connection.send(large)
      connection.send('\r\n0\r\n\r\n')
      expect((await connection.response()).body).to.equal(large)
      connection.socket.destroy()
    })

    it('say 100 before a body that waits for it', async () => {
      const connection = await raw()
      connection.send('POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n')
      expect((await connection.response()).status).to.equal(100)
      connection.send('ok')
      expect((await connection.response()).body).to.equal('ok')
      connection.socket.destroy()
    })

    it('close when either side says so, and with HTTP/1.0 unless it asks to stay', async () => {
      const asked = await exchange(server.port, get('/', 'Connection: close\r\n'))
      expect([asked.headers.connection, asked.body, asked.rest]).to.deep.equal(['close', 'root', ''])
      expect((await exchange(server.port, get('/close'))).body).to.equal('bye')
      expect((await exchange(server.port, 'GET / HTTP/1.0\r\n\r\n')).body).to.equal('root')
      const connection = await raw()
      for (let i = 0; i < 2; i++) {
        connection.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
        expect((await connection.response()).headers.connection).to.equal('keep-alive')
      }
      connection.socket.destroy()
    })

    it('answer a client that has closed its half', async () => {
      const connection = await raw()
      connection.socket.end(get('/slow?ms=20'))
      expect((await connection.response()).body).to.equal('slow http://h/slow?ms=20')
      expect(await connection.closed()).to.equal('')
    })

    it('send large bodies to slow readers, one after another', async () => {
      const connection = await raw()
      connection.socket.pause()
      connection.send(get('/big?kib=4096') + get('/big?kib=1024') + get('/'))
      await new Promise((resolve) => setTimeout(resolve, 100))
      connection.socket.resume()
      expect((await connection.response()).body.length).to.equal(4096 * 1024)
      expect((await connection.response()).body.length).to.equal(1024 * 1024)
      expect((await connection.response()).body).to.equal('root')
      connection.socket.destroy()
    })

    it('that go away during a request harm nobody', async () => {
      for (const path of ['/slow?ms=10', '/big?kib=8192', '/never']) {
        const connection = await raw()
        connection.send(get(path))
        await new Promise((resolve) => setTimeout(resolve, 5))
        connection.socket.resetAndDestroy()
      }
      await new Promise((resolve) => setTimeout(resolve, 40))
      expect(await text('/')).to.equal('root')
    })
  })

  describe('errors of the handler', () => {
    const cases: Record<string, RegExp> = {
      '/throw': /Error in fetch handler: TypeError: thrown on purpose\n {4}at /,
      '/reject': /TypeError: rejected on purpose\n/,
      '/reject-now': /TypeError: rejected at once\n/,
      '/nothing': /TypeError: fetch must return a Response/,
      '/string': /TypeError: fetch must return a Response/,
      '/used': /its body has been read/,
    }
    for (const [path, message] of Object.entries(cases)) {
      it(`${path} becomes 500, is logged, and the connection goes on`, async () => {
        const connection = await raw()
        connection.send(get(path) + get('/'))
        expect((await connection.response()).status).to.equal(500)
        expect((await connection.response()).body).to.equal('root')
        while (!message.test(server.errors())) await new Promise((resolve) => setTimeout(resolve, 5)) // the log has a pipe of its own
        connection.socket.destroy()
      })
    }
  })

  describe('bad input is refused and the connection closed', () => {
    const post = (headers: string, body = '') => `POST /echo HTTP/1.1\r\nHost: h\r\n${headers}\r\n\r\n${body}`
    const cases: Record<string, [status: number, request: string]> = {
      'no HTTP': [400, 'hello\r\n\r\n'],
      'no Host': [400, 'GET / HTTP/1.1\r\n\r\n'],
      'two Hosts': [400, get('/', 'Host: other\r\n')],
      'a space before the colon': [400, get('/', 'X-A : 1\r\n')],
      'a folded header': [400, get('/', 'X-A: 1\r\n 2\r\n')],
      'a bare line feed': [400, 'GET / HTTP/1.1\nHost: h\n\n'],
      'a NUL in a header': [400, get('/', 'X-A: a\0b\r\n')],
      'a control character in the target': [400, 'GET /a\x01b HTTP/1.1\r\nHost: h\r\n\r\n'],
      'a length and a coding': [400, post('Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n')],
      'two lengths': [400, post('Content-Length: 5\r\nContent-Length: 6', 'hello!')],
      'a negative length': [400, post('Content-Length: -1')],
      'a length in hexadecimal': [400, post('Content-Length: 0x5', 'hello')],
      'an unknown coding': [400, post('Transfer-Encoding: gzip', 'x')],
      'a coding after chunked': [400, post('Transfer-Encoding: chunked, identity', '0\r\n\r\n')],
      'a chunk size that is none': [400, post('Transfer-Encoding: chunked', 'zz\r\nhello\r\n0\r\n\r\n')],
      'a chunk that is longer than its size': [
        400,
        post('Transfer-Encoding: chunked', '3\r\nhello\r\n0\r\n\r\n'),
      ],
      'a version from the future': [400, 'GET / HTTP/3.0\r\nHost: h\r\n\r\n'],
      'HTTP/2 with prior knowledge': [400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
      CONNECT: [501, 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n'],
      'a head that is too large': [431, get('/', `X-A: ${'a'.repeat(20_000)}\r\n`)],
      'too many headers': [431, get('/', 'X: 1\r\n'.repeat(120))],
      'a target that is too large': [431, get(`/${'a'.repeat(20_000)}`)],
      'trailers that are too large': [
        431,
        post('Transfer-Encoding: chunked', `0\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`),
      ],
      'a body that is announced too large': [413, post('Content-Length: 99999999')],
    }
    for (const [name, [status, request]] of Object.entries(cases)) {
      it(`${name}: ${status}`, async () => {
        const response = await exchange(server.port, request)
        expect([response.status, response.headers.connection]).to.deep.equal([status, 'close'])
        expect(await text('/')).to.equal('root')
      })
    }

    it('a chunked body that grows too large: 413', async () => {
      const connection = await raw()
      connection.send('POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n')
      const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`
      for (let i = 0; i < 18 && !connection.socket.destroyed; i++) connection.send(chunk)
      expect((await connection.response()).status).to.equal(413)
      connection.socket.destroy()
    })

    it('more pipelined requests than one may queue wait in the socket, and are all answered', async () => {
      const connection = await raw()
      const count = 3000
      connection.send(get('/slow?ms=50') + get('/').repeat(count))
      for (let i = 0; i <= count; i++) expect((await connection.response()).status).to.equal(200)
      connection.socket.destroy()
    })
  })

  it('1,000 requests, then 50 connections at once, leave memory as it was', async () => {
    const connection = await raw()
    const ask = async (path: string) => {
      connection.send(get(path))
      expect((await connection.response()).status).to.equal(200)
    }
    for (let i = 0; i < 300; i++) await ask(i % 2 ? '/url?a=b' : '/headers')
    const before = residentSize(server.running)
    for (let i = 0; i < 1000; i++) await ask(i % 2 ? '/url?a=b' : '/headers')
    expect(residentSize(server.running) - before).to.be.at.most(64)
    await Promise.all(Array.from({ length: 50 }, () => text('/slow?ms=5')))
    const after = residentSize(server.running)
    for (let round = 0; round < 5; round++)
      await Promise.all(Array.from({ length: 50 }, () => text('/slow?ms=5')))
    expect(residentSize(server.running) - after).to.be.at.most(256)
    connection.socket.destroy()
  })
})

describe('stopping the server', () => {
  const source = `
    process.on('exit', (code) => console.error('exit', code))
    export default { async fetch(request: Request) {
      if (request.url.endsWith('/slow')) await new Promise((resolve) => setTimeout(resolve, 100))
      return new Response('done')
    } }`

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`${signal} lets requests end, closes what is idle, and ends with 0`, async () => {
      const server = await startServer(await makeApp(source))
      const [busy, idle] = [await rawConnection(server.port), await rawConnection(server.port)]
      idle.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
      await idle.response()
      busy.send('GET /slow HTTP/1.1\r\nHost: h\r\n\r\n')
      await new Promise((resolve) => setTimeout(resolve, 20))
      server.running.kill(signal)
      expect(await idle.closed()).to.equal('')
      const response = await busy.response()
      expect([response.body, response.headers.connection]).to.deep.equal(['done', 'close'])
      await busy.closed()
      expect(await server.running.ended).to.deep.equal({ exitCode: 0, signal: undefined })
      expect(server.errors()).to.equal('exit 0\n')
    })
  }

  it('a port in use, or one that is none, ends with one sentence', async () => {
    const app = await makeApp(source)
    const { port } = await startServer(app)
    const { tryRun } = await import('../../base/run.js')
    const taken = await tryRun(app.path, [], { env: { PORT: String(port), HOST: '127.0.0.1' } })
    expect(taken.stderr).to.match(
      /^Uncaught Error: listen EADDRINUSE: address already in use 127\.0\.0\.1:\d+\n/,
    )
    expect(taken.exitCode).to.equal(1)
    const wrong = await tryRun(app.path, [], { env: { PORT: '80x' } })
    expect(wrong.stderr).to.match(
      /^Uncaught RangeError: PORT must be a number from 0 to 65535, but is '80x'\n/,
    )
    expect(wrong.exitCode).to.equal(1)
  })

  it('a default export without fetch is no server', async () => {
    const { tryRun } = await import('../../base/run.js')
    const { path } = await makeApp('export default { name: "nothing to serve" }')
    expect((await tryRun(path, [])).exitCode).to.equal(0)
  })
})
