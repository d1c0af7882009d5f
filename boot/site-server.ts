import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'

// A program of its own: serves the files of the folder that its argument names, on 127.0.0.1 and PORT, until SIGTERM or SIGINT.
const folder = process.argv[2] ?? '.'
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  const path = join(folder, normalize(decodeURIComponent(pathname)))
  const file = path.endsWith('/') ? join(path, 'index.html') : path
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat?.isFile() !== true) {
    response.writeHead(404).end()
    return
  }
  const type = types[extname(file)] ?? 'text/plain; charset=utf-8'
  response.writeHead(200, { 'content-type': type, 'content-length': stat.size, 'cache-control': 'no-cache' })
  createReadStream(file).pipe(response)
})
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1')
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    server.close(() => process.exit())
    server.closeAllConnections()
  })
