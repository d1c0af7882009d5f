import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prebuilt } from '../../base/package-root.js'
import { type Running, type RunOptions, type RunResult, start, tryRun } from '../../base/run.js'
import { type CompileOptions, compile } from '../../compiler/compile.js'
import { linkApp } from '../../linker/link-app.js'

const runtimeFiles = [
  'start.o',
  'libengine.a',
  'libquickjs.a',
  'libuv.a',
  'libllhttp.a',
  'libmimalloc.a',
  'libc.a',
  'libgcc.a',
]

export interface App {
  readonly path: string
  readonly modules: readonly string[]
  readonly size: number
}

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** Compiles and links TypeScript source into an app ELF that runs on this machine. */
export async function makeApp(source: string, options: Partial<CompileOptions> = {}): Promise<App> {
  const folder = mkdtempSync(join(tmpdir(), 'unik-engine-'))
  folders.push(folder)
  const entry = join(folder, 'app.ts')
  writeFileSync(entry, source)
  const program = await compile({ entry, name: 'app', root: folder, env: {}, assets: [], ...options })
  const runtime = runtimeFiles.map((name) => ({ name, bytes: readFileSync(prebuilt('app', name)) }))
  const { bytes } = linkApp(program, runtime)
  const path = join(folder, 'app')
  writeFileSync(path, bytes, { mode: 0o755 })
  return { path, modules: program.modules, size: bytes.length }
}

export async function runSource(source: string, options: RunOptions = {}): Promise<RunResult> {
  const { path } = await makeApp(source)
  return tryRun(path, [], { timeout: 20_000, ...options })
}

export interface Server {
  readonly port: number
  readonly running: Running
  /** What it has written to stderr so far. */
  errors(): string
}

const servers: Running[] = []
after(async () => {
  for (const { kill, ended } of servers) {
    kill('SIGKILL')
    await ended
  }
})

/** Starts a server app on a free port of 127.0.0.1 and waits until it listens. It ends with the test file. */
export async function startServer(app: App, env: Readonly<Record<string, string>> = {}): Promise<Server> {
  const port = await freePort()
  const running = await start(app.path, [], { env: { PORT: String(port), HOST: '127.0.0.1', ...env } })
  servers.push(running)
  let errors = ''
  running.stderr.on('data', (piece) => {
    errors += String(piece)
  })
  running.stdout.resume()
  await waitUntilListening(port, running)
  return { port, running, errors: () => errors }
}

async function waitUntilListening(port: number, running: Running): Promise<void> {
  let hasEnded = false
  void running.ended.then(() => {
    hasEnded = true
  })
  while (!hasEnded) {
    const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
    if (response) {
      await response.arrayBuffer()
      return
    }
  }
  throw new Error('the server ended before it listened')
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** Resident memory in KiB. */
export function residentSize({ pid }: Running): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
}
