// What the kernel's services cost, beside a Linux guest on the same emulated machine: the same static program (kernel/*.c) in both.
// Instructions are counted by RDTSC under `-icount shift=0`; times come from turns without it. The processor says that it has no ERMS:
// Linux would copy and clear with one instruction a byte, which is fast on real ones and eight times slower in emulation.
//   npm run bench -- kernel [WORD]      only measurements whose name holds the word; "net" and "connections" are the two over a tap
//   UNIK_BENCH_ROUNDS (3): turns for times; 0: instructions only
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../lib/base/package-root.js'
import { run } from '../../lib/base/run.js'
import { bootableWith } from '../../lib/test/helpers/bootable.js'
import { connectionRows } from './connections.mjs'
import { devicesBench } from './devices.mjs'
import { linuxInitramfs, linuxKernel } from './linux-guest.mjs'
import { atLeast, median } from './row.mjs'
import { runLines } from './run-lines.mjs'

const ROUNDS = Number(process.env.UNIK_BENCH_ROUNDS ?? 3)
const LIMIT_MS = 1_200_000
const machine =
  '-M q35 -accel tcg -cpu max,-erms -smp 1,maxcpus=2 -m 512 -nodefaults -no-user-config -display none -no-reboot'

export async function kernelBench(scratch, [word = '']) {
  const program = await compileProgram(scratch)
  const rows = word === 'net' || word === 'connections' ? [] : await measurementRows(scratch, program, word)
  if (word === '' || word === 'connections') rows.push(...(await connectionRows(scratch, program)))
  if (word === '' || word === 'net') rows.push(...(await devicesBench(scratch, ['virtio-net'])))
  return rows
}

async function compileProgram(scratch) {
  const folder = join(packageRoot, 'scripts/bench/kernel')
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .sort()
    .map((name) => join(folder, name))
  const program = join(scratch, 'kernel')
  const flags = ['-std=gnu17', '-O1', '-Wall', '-static', '-pthread', '-fno-toplevel-reorder']
  await run('gcc', [...flags, ...sources, '-o', program], { timeout: 300_000 })
  return program
}

// Each guest takes the order, how it is emulated, and the words for the program: how often, and which share of the whole count. What an
// instruction count needs is one turn that warms up and one that is counted.
const counting = { emulation: ['-icount', 'shift=0,sleep=off'], order: '2 20' }
const timing = { emulation: [], order: '3 10' }

async function measurementRows(scratch, program, word) {
  const guests = { unik: await unikGuest(scratch, program), linux: linuxGuest(scratch, program) }
  const counts = await eachGuest(guests, counting, word, 'instructions')
  const times = []
  for (let round = 1; round <= ROUNDS; round++)
    times.push(await eachGuest(guests, timing, word, `times, round ${round} of ${ROUNDS}`))
  return [...counts.unik.measured.keys()].map((name) => rowOf(name, counts, times))
}

function rowOf(name, { unik, linux }, times) {
  const [ours, theirs] = [unik, linux].map((run) => run?.measured.get(name)?.at(-1) ?? Number.NaN)
  const faster = median(times.map((round) => nanoseconds(round.linux, name) / nanoseconds(round.unik, name)))
  const time = median(times.map((round) => nanoseconds(round.unik, name)))
  const figures = `${ratio(theirs / ours)} (${ours.toFixed(0)} / ${theirs.toFixed(0)})`
  const timed = times.length > 0 ? `, ${ratio(faster)} by time (${(time / 1000).toFixed(2)} µs)` : ''
  return { ...atLeast(name, 1, theirs / ours, ratio), measured: figures + timed }
}

const ratio = (value) => `${value.toFixed(2)} ×`

function nanoseconds(run, name) {
  return run === undefined ? Number.NaN : median(run.measured.get(name) ?? [Number.NaN]) * run.nsPerTick
}

async function eachGuest(guests, { emulation, order }, word, what) {
  const results = {}
  for (const [name, guest] of Object.entries(guests)) {
    if (guest === undefined) continue
    console.error(`  kernel: ${name}, ${what} …`)
    const command = [...machine.split(' '), ...emulation, '-serial', 'stdio', ...guest]
    results[name] = await runGuest(command.map((arg) => arg.replace('ORDER', `run ${order} ${word}`)))
  }
  return results
}

async function unikGuest(scratch, program) {
  const image = await bootableWith({
    folder: scratch,
    name: 'kernel',
    drivers: ['serial-16550', 'acpi-power', 'debug-exit'],
    init: program,
  })
  return ['-kernel', image, '-append', `-- ORDER`]
}

function linuxGuest(scratch, program) {
  const kernel = linuxKernel()
  if (kernel === undefined) return undefined
  const initrd = join(scratch, 'kernel.cpio')
  linuxInitramfs(initrd, { kernel, program, modules: [] })
  const words =
    'console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable net.ifnames=0 sysctl.debug.exception-trace=0'
  return ['-kernel', kernel.image, '-initrd', initrd, '-append', `${words} -- ORDER`]
}

/** Boots; gives each measurement's ticks (several turns each), and how long a tick is. */
async function runGuest(args) {
  const stamps = {}
  const measured = new Map()
  const output = await runLines(['qemu-system-x86_64', ...args], LIMIT_MS, (line) => {
    const stamp = /^(begin|end) (\d+)/.exec(line)
    if (stamp) stamps[stamp[1]] = { at: performance.now(), ticks: Number(stamp[2]) }
    const [, name, figures] = /^measure (.*?)\t(.*)/.exec(line) ?? []
    if (name !== undefined) measured.set(name, figures.split('\t').map(Number))
  })
  if (!output.includes('all of it is right')) throw new Error(`${args.join(' ')}\n${output}`)
  const { begin, end } = stamps
  return { measured, nsPerTick: ((end.at - begin.at) * 1e6) / (end.ticks - begin.ticks) }
}
