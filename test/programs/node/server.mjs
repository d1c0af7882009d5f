// An HTTP server that repeats what it reads from standard input, and finishes what it has begun when it is told to stop.
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'

const server = createServer((request, response) => {
  if (request.url !== '/slow') return response.end(`hello from ${process.version}`)
  console.log('begun')
  process.once('SIGTERM', () => setTimeout(() => response.end('finished'), 300))
})
server.listen(process.env.PORT ?? 8080, () => console.log('ready'))

const input = createInterface({ input: process.stdin })
input.on('line', (line) => console.log(line.toUpperCase()))

process.once('SIGTERM', () => {
  input.close()
  server.close(() => console.log('drained'))
})
