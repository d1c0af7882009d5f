import { createFileServer, listen } from './file-server.js'

// A program of its own: serves the files of the folder that its argument names, on 127.0.0.1 and PORT, until SIGTERM or SIGINT.
const server = createFileServer(process.argv[2] ?? '.')
await listen(server, Number(process.env.PORT ?? 8080))
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    server.close(() => process.exit())
    server.closeAllConnections()
  })
