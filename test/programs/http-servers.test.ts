import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { basename, join } from 'node:path'
import { expect } from 'chai'
import { addProgram, needFile } from '../helpers/linux-programs.js'
import { ask } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'
import { type Server, startServer, stopServer } from './servers.js'

interface HttpServer {
  readonly program: string
  readonly debianPackage: string
  readonly args: readonly string[]
  /** Below the root. */
  readonly configuration: string
  readonly text: string
  /** Its status after SIGTERM, with connections open. */
  readonly ends: number
}

const servers: readonly HttpServer[] = [
  {
    program: '/usr/sbin/nginx',
    debianPackage: 'nginx',
    args: ['-c', '/etc/nginx.conf', '-e', 'stderr'],
    configuration: 'etc/nginx.conf',
    text: `user root root; daemon off; master_process off; pid /tmp/pid; error_log stderr notice;
      events { worker_connections 512; }
      http {
        access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; keepalive_timeout 60;
        gzip on; gzip_types text/plain; gzip_min_length 1000; types { text/plain txt; }
        client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
        uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
        server { listen 8080; listen [::]:8080; root /www; }
      }`,
    ends: 0,
  },
  {
    program: '/usr/sbin/lighttpd',
    debianPackage: 'lighttpd',
    args: ['-D', '-f', '/etc/lighttpd.conf'],
    configuration: 'etc/lighttpd.conf',
    text: `server.document-root = "/www"
      server.port = 8080
      server.modules = ( "mod_indexfile", "mod_staticfile" )
      index-file.names = ( "index.html" )
      server.upload-dirs = ( "/tmp" )
      server.max-keep-alive-idle = 60
      server.max-keep-alive-requests = 100000`,
    ends: 1,
  },
]

// Debian's web servers, unmodified, in one process: epoll, sendfile, accept4, files that the kernel maps.
for (const { program, debianPackage, args, configuration, text, ends } of servers)
  describe(basename(program), function () {
    this.timeout(120_000)
    const scratch = scratchFolder()
    const big = randomBytes(3_000_001)
    const page = 'many words, many words\n'.repeat(500)
    let server: Server
    let origin = ''

    before(async function () {
      const file = needFile(this, program, debianPackage)
      const root = join(scratch(), 'root')
      for (const folder of ['www', 'tmp', 'etc']) mkdirSync(join(root, folder), { recursive: true })
      writeFileSync(join(root, 'www/index.html'), 'index\n')
      writeFileSync(join(root, 'www/page.txt'), page)
      writeFileSync(join(root, 'www/big.bin'), big)
      writeFileSync(join(root, configuration), text)
      await addProgram(root, program, file)
      server = await startServer({ folder: scratch(), init: program, args, port: 8080, memory: 64 })
      origin = `http://127.0.0.1:${server.port}`
    })
    after(() => server?.session.guest.kill())

    it('serves files whole, in part, compressed, and not at all', async () => {
      expect(await (await fetch(`${origin}/`)).text()).to.equal('index\n')
      expect(await (await fetch(`${origin}/page.txt`)).text()).to.equal(page)
      const whole = await fetch(`${origin}/big.bin`)
      expect(sha256(await whole.arrayBuffer())).to.equal(sha256(big))
      const part = await fetch(`${origin}/big.bin`, { headers: { range: 'bytes=2000000-2099999' } })
      expect(part.status).to.equal(206)
      expect(sha256(await part.arrayBuffer())).to.equal(sha256(big.subarray(2_000_000, 2_100_000)))
      expect((await fetch(`${origin}/none`)).status).to.equal(404)
    })

    it('keeps 150 connections open, and answers on each', async () => {
      const agents = Array.from({ length: 150 }, () => new Agent({ keepAlive: true, maxSockets: 1 }))
      for (const agent of agents) expect(await ask(`${origin}/`, agent)).to.equal('index\n')
      await Promise.all(
        agents.map(async (agent) => {
          for (let i = 0; i < 4; i++) expect(await ask(`${origin}/page.txt`, agent)).to.equal(page)
        }),
      )
      for (const agent of agents) agent.destroy()
    })

    it('forgets connections that are closed in the middle of an answer', async () => {
      for (let i = 0; i < 10; i++) await closeEarly(`${origin}/big.bin`)
      expect(await (await fetch(`${origin}/`)).text()).to.equal('index\n')
    })

    it('ends by SIGTERM', async () => expect(await stopServer(server), server.text()).to.equal(ends))
  })

function closeEarly(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, (response) => response.once('data', () => response.destroy()))
    request.on('error', reject)
    request.on('close', resolve)
  })
}

function sha256(data: ArrayBuffer | Uint8Array): string {
  return createHash('sha256').update(new Uint8Array(data)).digest('hex')
}
