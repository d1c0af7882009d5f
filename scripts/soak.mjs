// A guest under load for a long time: clients that keep their connection, clients that drop it at random, files made and removed.
// Every request of the first kind is answered, and what was free at the start is free at the end, but for 1 %.
//   npm run soak [-- MINUTES]   20; UNIK_SOAK_MEMORY: MiB of the guest (32)
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../lib/boot/ports.js'
import { compileStatic } from '../lib/test/helpers/bootable.js'
import { startGuest } from './bench/guest.mjs'

const minutes = Number(process.argv[2] ?? 20)
const CLIENTS = 16
const WARM_UP_SECONDS = 30
const TIME_WAIT_SECONDS = 65 // until closed connections are forgotten
const PATIENCE = 60_000 // of a client on a busy host
const count = { answered: 0, files: 0, dropped: 0, lost: [] }

const scratch = mkdtempSync(join(tmpdir(), 'unik-soak-'))
const { session, origin } = await startServer()
try {
  await firstAnswer()
  await load(WARM_UP_SECONDS)
  const before = await quietMemory()
  await load(minutes * 60)
  report(before, await quietMemory())
} finally {
  session.guest.kill()
  await session.ended
  rmSync(scratch, { recursive: true, force: true })
}

async function startServer() {
  const folder = join(scratch, 'root')
  mkdirSync(join(folder, 'tmp'), { recursive: true })
  await compileStatic(fileURLToPath(new URL('soak/server.c', import.meta.url)), join(folder, 'init'))
  return startGuest(
    { image: undefined, folder: scratch },
    {
      rootfs: { folder, init: '/init' },
      output: join(scratch, 'dist'),
      memory: Number(process.env.UNIK_SOAK_MEMORY ?? 32),
      ports: [{ host: await freePort(), guest: 8080 }],
      timeout: 120,
    },
  )
}

function report(before, after) {
  const lost = (100 * (before - after)) / before
  console.log(
    `${count.answered} requests answered, ${count.lost.length} lost; ${count.files} files made and removed;`,
  )
  console.log(
    `${count.dropped} connections dropped; free memory ${before} KiB before, ${after} KiB after: ${lost.toFixed(2)} % less`,
  )
  for (const why of count.lost.slice(0, 10)) console.log(`  ${why}`)
  process.exitCode = count.lost.length === 0 && lost <= 1 ? 0 : 1
}

async function load(seconds) {
  const end = performance.now() + seconds * 1000
  const clients = Array.from({ length: CLIENTS }, (_, i) => keepAsking(i, end))
  const droppers = Array.from({ length: 4 }, () => keepDropping(end))
  await Promise.all([...clients, ...droppers, tell(end)])
}

// QEMU's user network holds one connection that waits: a client that finds its first one refused asks again later.
async function keepAsking(id, end) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (let n = id; performance.now() < end; n += CLIENTS) {
    const isFile = Math.random() < 0.1
    const size = Math.floor(Math.random() * 30_000)
    const answer = await ask(isFile ? `/file?n=${size}` : `/?n=${n}`, agent).catch((error) => error)
    if (answer === (isFile ? 'x'.repeat(size) : `hello ${n}`)) count[isFile ? 'files' : 'answered']++
    else count.lost.push(`client ${id}, request ${n}: ${answer}`)
    if (Math.random() < 0.002) await pause(Math.random() * 3000)
  }
  agent.destroy()
}

async function keepDropping(end) {
  const { port } = new URL(origin)
  const pieces = [
    '',
    'GET / HT',
    'GET /?n=1 HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /file?n=30000 HTTP/1.1\r\nHost: a\r\n\r\n',
  ]
  while (performance.now() < end) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(pieces[Math.floor(Math.random() * pieces.length)])
    await pause(Math.random() * 80)
    if (Math.random() < 0.5) socket.resetAndDestroy()
    else socket.destroy()
    count.dropped++
  }
}

async function tell(end) {
  for (let next = performance.now() + 60_000; next < end; next += 60_000) {
    await pause(next - performance.now())
    console.error(`${count.answered} answered, ${count.lost.length} lost, ${await freeMemory()} KiB free`)
  }
}

function ask(path, agent = new Agent()) {
  return new Promise((resolve, reject) => {
    const request = get(origin + path, { agent, timeout: PATIENCE }, (response) => {
      let text = ''
      response.on('data', (piece) => {
        text += piece
      })
      response.on('end', () => resolve(text))
      response.on('error', reject)
    })
    request.on('timeout', () => request.destroy(new Error(`no answer in ${PATIENCE} ms`)))
    request.on('error', reject)
  })
}

async function firstAnswer() {
  for (;;)
    try {
      await ask('/?n=0')
      return
    } catch {
      await pause(50)
    }
}

async function quietMemory() {
  await pause(TIME_WAIT_SECONDS * 1000)
  return freeMemory()
}

async function freeMemory() {
  return Number(/MemFree:\s+(\d+)/.exec(await ask('/memory'))[1])
}
