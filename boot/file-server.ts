import { createReadStream, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { extname, join, normalize } from 'node:path'

/** A web server for the files of a folder, not yet listening. */
export function createFileServer(folder: string): Server {
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = join(folder, normalize(decodeURIComponent(pathname)))
    const file = path.endsWith('/') ? join(path, 'index.html') : path
    const stat = statSync(file, { throwIfNoEntry: false })
    if (stat?.isFile() !== true) {
      response.writeHead(404).end()
      return
    }
    const type = types[extname(file)] ?? 'text/plain; charset=utf-8'
    response.writeHead(200, {
      'content-type': type,
      'content-length': stat.size,
      'cache-control': 'no-cache',
    })
    createReadStream(file).pipe(response)
  })
}

const types: Readonly<Record<string, string>> = {
  '.efi': 'application/efi',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
}

/** Has a server listen on 127.0.0.1; on a free port unless told. Returns the port. */
export function listen(server: Server, port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
