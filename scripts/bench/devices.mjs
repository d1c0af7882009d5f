// Throughput of every disk and network card, beside a Linux guest on the same device of QEMU: the same static program
// (transfer.c) in both, turn by turn, software emulation. Data is checked on both ends.
//   npm run bench -- devices [DEVICE...]      UNIK_BENCH_MIB (1024) and UNIK_BENCH_ROUNDS (3) change size and repetitions
import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs'
import { freemem } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../lib/base/package-root.js'
import { bootableWith, compileStatic } from '../../lib/test/helpers/bootable.js'
import { linuxInitramfs, linuxKernel } from './linux-guest.mjs'
import { atLeast, median, peer, times } from './row.mjs'
import { runLines } from './run-lines.mjs'
import { underTap } from './tap.mjs'

const MIB = Number(process.env.UNIK_BENCH_MIB ?? 1024)
const ROUNDS = Number(process.env.UNIK_BENCH_ROUNDS ?? 3)
const PORT = 5001
let salt = 0

const drive = (more) => ['-drive', 'file=DISK,format=raw,if=none,id=d,cache=unsafe', ...more]
const card = (model) => [
  ...['-netdev', 'tap,id=n,ifname=tap0,script=no,downscript=no'],
  ...['-device', `${model},netdev=n,romfile=`],
]
const scsi = ['-device', 'scsi-hd,drive=d']

// name, budget (times Linux), our driver, what Linux loads, the device; the disk's path, or none for a network card
const devices = [
  [
    'virtio-blk',
    1,
    'virtio-blk',
    ['virtio_pci', 'virtio_blk'],
    drive(['-device', 'virtio-blk-pci,drive=d']),
    '/dev/vda',
  ],
  ['nvme', 1, 'nvme', ['nvme'], drive(['-device', 'nvme,serial=1,drive=d']), '/dev/nvme0n1'],
  [
    'virtio-scsi',
    1,
    'virtio-scsi',
    ['virtio_pci', 'virtio_scsi', 'sd_mod'],
    drive(['-device', 'virtio-scsi-pci', ...scsi]),
    '/dev/sda',
  ],
  ['ahci', 0.8, 'ahci', ['ahci', 'sd_mod'], drive(['-device', 'ide-hd,drive=d,bus=ide.0']), '/dev/sda'],
  [
    'ide',
    0.8,
    'ide',
    ['ata_piix', 'sd_mod'],
    drive(['-device', 'ide-hd,drive=d,bus=ide.0']),
    '/dev/sda',
    'pc',
  ],
  ['pvscsi', 0.8, 'pvscsi', ['vmw_pvscsi', 'sd_mod'], drive(['-device', 'pvscsi', ...scsi]), '/dev/sda'],
  ['virtio-net', 1, 'virtio-net', ['virtio_pci', 'virtio_net'], card('virtio-net-pci')],
  ['e1000', 0.8, 'e1000', ['e1000'], card('e1000')],
  ['e1000-82545em', 0.8, 'e1000', ['e1000'], card('e1000-82545em')],
  ['e1000e', 0.8, 'e1000e', ['e1000e'], card('e1000e')],
  ['vmxnet3', 0.8, 'vmxnet3', ['vmxnet3'], card('vmxnet3')],
].map(([name, budget, driver, modules, args, disk, machine = 'q35']) => ({
  name,
  budget,
  driver,
  modules,
  args,
  disk,
  machine,
}))

export async function devicesBench(scratch, words) {
  const wanted = devices.filter(({ name }) => words.length === 0 || words.includes(name))
  const program = await compileStatic(
    join(packageRoot, 'scripts/bench/transfer.c'),
    join(scratch, 'transfer'),
  )
  const kernel = linuxKernel()
  const disk = makeDisk(scratch)
  const rows = []
  for (const device of wanted)
    rows.push(
      ...(await compare({ device, scratch, program, kernel, disk }).catch((error) => {
        console.error(error.message)
        return [{ what: device.name, budget: '', measured: '-', verdict: 'failed: see above' }]
      })),
    )
  rmSync(disk)
  return rows
}

// In memory, if there is enough, and written once: what the host does for its own disk is not to be measured.
function makeDisk(scratch) {
  const inMemory = existsSync('/dev/shm') && freemem() > 2 * MIB * 1048576
  const path = inMemory ? `/dev/shm/unik-bench-${process.pid}.img` : join(scratch, 'disk.img')
  const file = openSync(path, 'w')
  const mebibyte = Buffer.alloc(1048576)
  for (let i = 0; i < MIB; i++) writeSync(file, mebibyte)
  closeSync(file)
  return path
}

async function compare(bench) {
  const { device } = bench
  if (device.disk === undefined && process.getuid?.() !== 0)
    return [peer(`${device.name}: a network namespace with a tap needs root`, '')]
  const guests = { unik: await unikGuest(bench), ...(bench.kernel && { linux: linuxGuest(bench) }) }
  const figures = { unik: [], linux: [] }
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, guest] of Object.entries(guests)) {
      console.error(`  ${device.name}: ${name}, round ${round + 1} of ${ROUNDS} …`)
      figures[name].push(await runGuest(bench, guest))
    }
  const measured = Object.keys(figures.unik[0]).filter((what) => what !== 'verify')
  return measured.map((what) => rowOf(device, what, figures))
}

// Only what goes past the page cache has a budget: the rest measures the guests' memory as much as their drivers.
function rowOf(device, what, { unik, linux }) {
  const speed = (runs) => median(runs.map((run) => run[what])).toFixed(0)
  const ratio = linux.length > 0 ? median(unik.map((run, i) => run[what] / linux[i][what])) : Number.NaN
  const label = `${device.name}, ${what}: unik / Linux`
  const measured = `${times(ratio)} (${speed(unik)} / ${linux.length > 0 ? speed(linux) : '-'} MiB/s)`
  return what.startsWith('cached')
    ? peer(label, measured)
    : { ...atLeast(label, device.budget, ratio, times), measured }
}

async function unikGuest({ device, scratch, program }) {
  const image = await bootableWith({
    folder: scratch,
    name: device.name,
    drivers: ['serial-16550', device.driver, 'acpi-power', 'debug-exit'],
    init: program,
  })
  const words = device.disk === undefined ? 'ip=10.0.0.2::10.0.0.1:255.255.255.0::eth0:off' : ''
  return ['-kernel', image, '-append', `${words} -- ${order(device).join(' ')}`]
}

function linuxGuest({ device, scratch, program, kernel }) {
  const initrd = join(scratch, `${device.name}.cpio`)
  const modules = linuxInitramfs(initrd, { kernel, program, modules: device.modules })
  const words = 'console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable net.ifnames=0'
  const append = `${words} -- ${[...order(device), ...modules].join(' ')}`
  return ['-kernel', kernel.image, '-initrd', initrd, '-append', append]
}

function order({ disk }) {
  return disk === undefined ? ['net', '10.0.0.1', '10.0.0.2', PORT, MIB] : ['disk', disk, MIB, 'SALT']
}

/** Boots, and gives MiB/s by what was done. */
async function runGuest({ device, disk, program }, guest) {
  // One processor, and a place for another: see boot/machines/qemu.ts.
  const common =
    '-accel tcg -cpu max -smp 1,maxcpus=2 -m 512 -nodefaults -no-user-config -display none -no-reboot'
  const machine = ['qemu-system-x86_64', '-M', device.machine, ...common.split(' '), '-serial', 'stdio']
  salt++ // what an earlier run has left on the disk must not pass for what this one writes
  const command = [...machine, ...device.args, ...guest].map((arg) =>
    arg.replace('file=DISK', `file=${disk}`).replace('SALT', String(salt)),
  )
  const { output, speeds } = await (device.disk === undefined
    ? runWithTap(program, command)
    : runToEnd(command))
  if (!output.includes('all of it is right'))
    throw new Error(`${device.name}: ${command.join(' ')}\n${output}`)
  return Object.fromEntries(speeds)
}

function runWithTap(program, command) {
  return runToEnd(underTap([program, 'peer', PORT], command))
}

async function runToEnd(command) {
  let started = 0
  const speeds = []
  const output = await runLines(command, 60_000 + MIB * 200, (line) => {
    const now = performance.now()
    const [, word, what, bytes] = /^(begin|end) (\S+) ?(\d*)/.exec(line) ?? []
    if (word === 'begin') started = now
    if (word === 'end') speeds.push([what, Number(bytes) / 1048576 / ((now - started) / 1000)])
  })
  return { output, speeds }
}
