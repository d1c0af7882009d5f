// Boots again and again; each time another allocation of the kernel fails (test/failing). Prints what became of it.
//   npm run fail-alloc [-- http | NAME-OF-A-PROGRAM-IN-test/syscalls…] [path | all]   default: http, every path to an allocator once
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { failingKernel } from '../lib/test/failing/kernel.js'
import { failingImage, httpApp, runProgram, runServer } from '../lib/test/failing/sweep.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const SECONDS = 60
const words = process.argv.slice(2)
const key = words.includes('all') ? 'fail-alloc' : 'fail-stack'
const subjects = words.filter((word) => word !== 'all' && word !== 'path')
const folder = mkdtempSync(join(tmpdir(), 'unik-failing-'))
let broke = 0
try {
  const runtime = await failingKernel(folder)
  for (const subject of subjects.length > 0 ? subjects : ['http']) broke += await sweep(subject, runtime)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = broke > 0 ? 1 : 0

async function sweep(subject, runtime) {
  const own = join(folder, subject)
  mkdirSync(own)
  const http = subject === 'http'
  const init = http ? await httpApp(own) : join(root, 'test/syscalls', `${subject}.c`)
  const image = await failingImage(runtime, own, init)
  const run = http ? runServer : runProgram
  const counts = { bore: 0, told: 0, broke: 0, unreached: 0 }
  if ((await run(image, '', SECONDS)).kind !== 'unreached') {
    console.log(`${subject}: ends badly although nothing fails; left out`)
    return 1
  }
  let next = 1
  const worker = async () => {
    while (counts.unreached === 0) {
      const n = next++
      const { kind, where, text } = await run(image, `${key}=${n}`, SECONDS)
      counts[kind]++
      if (kind === 'broke') console.log(`${subject} ${key}=${n} broke: ${where}\n${text}`)
    }
  }
  await Promise.all(cpus().map(worker))
  console.log(`${subject}: ${counts.bore} bore it, ${counts.told} told it, ${counts.broke} broke`)
  return counts.broke
}
