import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import crypto from 'node:crypto'
import dgram from 'node:dgram'
import dns from 'node:dns/promises'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import http from 'node:http'
import http2 from 'node:http2'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import { certificate, privateKey } from './identity.mjs'

export default {
  async 'http: server, keep-alive client, chunks, 1 MiB each way'() {
    const server = http.createServer((request, response) => {
      if (request.method === 'POST') request.pipe(response)
      else response.end(`${request.url} ${request.headers['x-name']}`)
    })
    const port = await listen(server)
    const agent = new http.Agent({ keepAlive: true })
    for (let n = 0; n < 50; n++) {
      const request = http.get({ port, path: `/${n}`, headers: { 'x-name': 'me' }, agent })
      const [response] = await once(request, 'response')
      equal(await text(response), `/${n} me`)
    }
    agent.destroy()
    const body = crypto.randomBytes(1 << 19).toString('hex')
    const echoed = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body })
    equal(await echoed.text(), body)
    await close(server)
  },

  async 'fetch: headers, JSON, streams, abort, refused'() {
    const server = http.createServer((request, response) => {
      if (request.url === '/slow') return
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ url: request.url, agent: request.headers['user-agent'] }))
    })
    const port = await listen(server)
    const response = await fetch(`http://localhost:${port}/a?b=c`)
    equal(response.status, 200)
    deepEqual(await response.json(), { url: '/a?b=c', agent: 'node' })
    await rejects(fetch(`http://127.0.0.1:${port}/slow`, { signal: AbortSignal.timeout(50) }), {
      name: 'TimeoutError',
    })
    server.closeAllConnections()
    await close(server)
    await rejects(fetch(`http://127.0.0.1:${port}/`), (error) => error.cause.code === 'ECONNREFUSED')
  },

  async 'net: IPv4, IPv6, half-close, pipes by name'() {
    for (const address of [{ host: '127.0.0.1' }, { host: '::1' }, { path: '/tmp/socket' }]) {
      const server = net.createServer({ allowHalfOpen: true }, (socket) => {
        let all = ''
        socket.on('data', (piece) => {
          all += piece
        })
        socket.on('end', () => socket.end(all.toUpperCase()))
      })
      server.listen(address.path ?? { port: 0, ...address })
      await once(server, 'listening')
      const socket = net.connect(address.path ? address : { ...address, port: server.address().port })
      socket.end('quiet')
      equal(await text(socket), 'QUIET')
      await close(server)
    }
  },

  async 'net: 200 connections at once'() {
    const server = net.createServer((socket) => socket.pipe(socket))
    const port = await listen(server)
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const socket = net.connect(port, '127.0.0.1').setNoDelay()
        socket.end(`number ${n}`)
        return await text(socket)
      }),
    )
    answers.forEach((answer, n) => {
      equal(answer, `number ${n}`)
    })
    await close(server)
  },

  async 'dgram: two sockets, IPv4 and IPv6'() {
    for (const [type, host] of [
      ['udp4', '127.0.0.1'],
      ['udp6', '::1'],
    ]) {
      const server = dgram.createSocket(type)
      server.on('message', (message, { port, address }) => server.send(`got ${message}`, port, address))
      server.bind(0, host)
      await once(server, 'listening')
      const client = dgram.createSocket(type)
      client.send('ping', server.address().port, host)
      const [message] = await once(client, 'message')
      equal(String(message), 'got ping')
      client.close()
      server.close()
    }
  },

  async 'tls: server and client, verified'() {
    const server = tls.createServer({ key: privateKey, cert: certificate }, (socket) =>
      socket.end('through TLS'),
    )
    const port = await listen(server)
    const socket = tls.connect({ port, host: '127.0.0.1', ca: certificate, servername: 'localhost' })
    equal(await text(socket), 'through TLS')
    ok(socket.authorized)
    await close(server)
    await rejects(once(tls.connect({ port: await refusedPort(), host: '127.0.0.1' }), 'secureConnect'), {
      code: 'ECONNREFUSED',
    })
  },

  async 'http2: streams over one connection'() {
    const server = http2.createServer()
    server.on(
      'stream',
      (stream, headers) => stream.respond({ ':status': 200 }) ?? stream.end(headers[':path']),
    )
    const port = await listen(server)
    const client = http2.connect(`http://127.0.0.1:${port}`)
    const answers = await Promise.all(
      ['/a', '/b', '/c'].map((path) => text(client.request({ ':path': path }))),
    )
    deepEqual(answers, ['/a', '/b', '/c'])
    client.close()
    await close(server)
  },

  async 'dns.lookup: /etc/hosts, localhost, a name that nobody has'() {
    const hosts = await readFile('/etc/hosts', 'utf8')
    for (const [, address, name] of hosts.matchAll(/^(\d+\.\d+\.\d+\.\d+)\s+(\S+)/gm))
      equal((await dns.lookup(name, 4)).address, address)
    equal((await dns.lookup('localhost', 4)).address, '127.0.0.1')
    equal((await dns.lookup('127.0.0.1')).address, '127.0.0.1')
    await rejects(dns.lookup('no-such-host.invalid'), /ENOTFOUND|EAI_AGAIN/)
  },

  async 'dns.Resolver: an answer of a server over UDP'() {
    const server = dgram.createSocket('udp4')
    server.on('message', (query, { port, address }) => server.send(answerOf(query), port, address))
    server.bind(0, '127.0.0.1')
    await once(server, 'listening')
    const resolver = new dns.Resolver()
    resolver.setServers([`127.0.0.1:${server.address().port}`])
    deepEqual(await resolver.resolve4('some.example'), ['192.0.2.1'])
    server.close()
    ok(dns.getServers().length > 0)
  },

  async 'the inspector listens and answers, or says that it cannot'() {
    const inspector = await import('node:inspector')
    inspector.open(0, '127.0.0.1')
    const { host } = new URL(inspector.url())
    const version = await (await fetch(`http://${host}/json/version`)).json()
    ok(version.Browser.startsWith('node.js/'))
    inspector.close()
    const session = new inspector.Session()
    session.connect()
    const { result } = await new Promise((resolve, reject) =>
      session.post('Runtime.evaluate', { expression: '6 * 7' }, (error, value) =>
        error ? reject(error) : resolve(value),
      ),
    )
    equal(result.value, 42)
    session.disconnect()
  },
}

async function listen(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}

function close(server) {
  return new Promise((resolve) => server.close(resolve))
}

async function refusedPort() {
  const server = net.createServer()
  const port = await listen(server)
  await close(server)
  return port
}

// RFC 1035, 4.1: the query as it came, with the flags of an answer and one address record that names its question.
function answerOf(query) {
  const end = query.indexOf(0, 12) + 5
  const answer = Buffer.concat([
    query.subarray(0, end),
    Buffer.from('c00c00010001000000000004c0000201', 'hex'),
  ])
  answer.writeUInt16BE(0x8180, 2)
  answer.writeUInt16BE(1, 6)
  answer.fill(0, 8, 12)
  return answer
}
