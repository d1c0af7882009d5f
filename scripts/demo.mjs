// npm run demo: builds examples/http for every target there is, starts each artefact as its platform would, sends real HTTP requests,
// and shows the table. The exit status is 0 only if every row passed.
import { join } from 'node:path'
import { packageRoot } from '../lib/base/package-root.js'
import { firstResponse } from '../lib/boot/probe.js'
import { startBoot } from '../lib/cli/boot-session.js'
import { build } from '../lib/cli/pipeline.js'
import { sizeOnDisk } from '../lib/cli/size-on-disk.js'
import { sizeText, table } from '../lib/cli/table.js'

const output = join(packageRoot, 'dist')
const built = await build({
  entries: ['examples/http'],
  targets: ['all'],
  env: {},
  output,
  cwd: packageRoot,
})
console.error(`built ${built.artefacts.length} targets in ${built.milliseconds} ms; now starting each`)

const rows = []
for (const artefact of built.artefacts) rows.push(await tryRow(artefact))
console.log(
  table(
    ['target', 'artefact', 'size', 'app ELF sha256', 'first output', 'first HTTP 200', 'status'],
    rows.map((row) => [
      row.target,
      row.file,
      sizeText(row.size),
      row.sha256,
      ms(row.firstOutputMs),
      ms(row.firstResponseMs),
      row.status,
    ]),
  ),
)
if (rows.some((row) => row.status !== 'passed')) process.exitCode = 1

async function tryRow(artefact) {
  const own = artefact.files.filter(({ path }) => path !== 'NOTICES.txt')
  const main = own.sort((a, b) => b.size - a.size)[0]
  const facts = {
    target: artefact.target,
    file: `dist/${artefact.target}/${main.path}`.replace(/blobs\/.*/, ''),
    size: sizeOnDisk(join(artefact.folder, main.path)),
    sha256: artefact.appSha256,
  }
  try {
    return { ...facts, ...(await startAndAsk(artefact)) }
  } catch (error) {
    return { ...facts, status: `failed: ${error.message}` }
  }
}

async function startAndAsk(artefact) {
  const session = await startBoot({
    subject: artefact.folder,
    target: undefined,
    output,
    cwd: packageRoot,
    env: {},
    args: [],
    memory: undefined,
    ports: [],
    accel: 'tcg',
    timeout: 30,
    kernelWords: [],
  })
  const origin = `http://127.0.0.1:${session.ports[0].host}`
  const ended = new AbortController()
  session.guest.ended.then(() => ended.abort())
  const firstResponseMs = await firstResponse(
    `${origin}/`,
    session.guest.startedAt,
    AbortSignal.any([ended.signal, AbortSignal.timeout(30_000)]),
  )
  const problem = firstResponseMs === undefined ? 'no HTTP 200' : await askApp(origin)
  const report = await stop(session)
  const status =
    problem ??
    (report.verdict === 'exited' && report.status === 0
      ? 'passed'
      : `${report.verdict}, status ${report.status}`)
  return { firstOutputMs: report.firstOutputMs, firstResponseMs, status }
}

async function askApp(origin) {
  const hello = await (await fetch(`${origin}/`)).text()
  if (hello !== 'Hello from unik\n') return `unexpected answer ${JSON.stringify(hello)}`
  for (let i = 0; i < 100; i++) {
    const answer = await (await fetch(`${origin}/json?i=${i}`)).json()
    if (answer.query.i !== String(i)) return `unexpected answer ${JSON.stringify(answer)}`
  }
  return undefined
}

// The platform's own shutdown; a guest that does not follow it within five seconds is ended, and the row says so.
async function stop(session) {
  const timer = setTimeout(() => session.guest.kill(), 5000)
  await session.guest.shutdown()
  const report = await session.ended
  clearTimeout(timer)
  return report
}

function ms(value) {
  return value === undefined ? '-' : `${Math.round(value)} ms`
}
