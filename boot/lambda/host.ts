import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Running, start } from '../../base/run.js'
import { listen } from '../file-server.js'
import { freePort } from '../ports.js'
import { eventOf, sendAnswer } from './http-event.js'
import { type RuntimeApi, startRuntimeApi } from './runtime-api.js'
import { runWebAdapter } from './web-adapter.js'

// A program of its own: `host.js FOLDER REQUEST` runs the function that is unpacked in FOLDER as the request that makes it says. With
// PORT, what comes there over HTTP is an invocation, as by a function URL; without, there is one invocation, with an empty event.

/** What of CreateFunction's request says how the function is started. */
interface FunctionRequest {
  readonly FunctionName: string
  readonly Runtime: string
  readonly Handler: string
  readonly MemorySize: number
  readonly Environment: { readonly Variables: Readonly<Record<string, string>> }
}

const [folder = '.', requestFile = ''] = process.argv.slice(2)
const settings: FunctionRequest = JSON.parse(readFileSync(requestFile, 'utf8'))
const { PORT: port } = process.env
const api = await startRuntimeApi()
const sandbox = await startSandbox(api)
let invocations = 0
sandbox.stdout.pipe(process.stdout)
sandbox.stderr.pipe(process.stderr)
void sandbox.ended.then(({ exitCode, signal }) => {
  for (const error of api.initErrors) console.error('init error:', error)
  if (signal !== undefined) console.error(`the runtime was ended by ${signal}`)
  process.exit(exitCode ?? 1)
})
process.stdin.resume().once('end', () => process.exit(1)) // whoever started it is gone
if (port === undefined) await invokeOnce()
else await serve(Number(port))

/** The managed runtime of Node.js, or the program of a custom one with the Web Adapter beside it. */
async function startSandbox({ address }: RuntimeApi): Promise<Running> {
  const { FunctionName, Handler, MemorySize, Environment } = settings
  const reserved = {
    AWS_LAMBDA_FUNCTION_NAME: FunctionName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MemorySize),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_RUNTIME_API: address,
    AWS_REGION: 'us-east-1',
    LAMBDA_TASK_ROOT: folder,
    _HANDLER: Handler,
  }
  const env = { ...Environment.Variables, ...process.env, ...reserved, PORT: undefined }
  if (settings.Runtime.startsWith('nodejs')) {
    const runtime = fileURLToPath(new URL('./node-runtime.js', import.meta.url))
    return start(process.execPath, [runtime], { env, cwd: folder })
  }
  const own = await freePort() // AWS_LWA_PORT's own is free in a sandbox, not on this machine
  const ports = { AWS_LWA_PORT: String(own), PORT: String(own) }
  const running = await start(join(folder, 'bootstrap'), [], { env: { ...env, ...ports }, cwd: folder })
  void runWebAdapter(address, own).catch(() => running.kill('SIGKILL'))
  return running
}

async function serve(number: number): Promise<void> {
  const server = createServer(async (request, response) => {
    const event = await eventOf(request, `request-${++invocations}`).catch(() => undefined)
    if (event === undefined) response.writeHead(400).end()
    else sendAnswer(await api.invoke(event), response)
  })
  await listen(server, number)
  // Lambda ends a sandbox between invocations.
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      server.close(() => process.exit())
      server.closeIdleConnections()
    })
}

async function invokeOnce(): Promise<never> {
  const { error } = await api.invoke({})
  if (error !== undefined) console.error('the invocation failed:', error)
  process.exit(error === undefined ? 0 : 1)
}
