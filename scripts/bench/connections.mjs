// Ten thousand TCP connections open at once in a small guest, over a tap: all are accepted, then each answers one request.
// What a connection takes of the guest's memory is told by the guest, beside a Linux guest that has more.
import { join } from 'node:path'
import { bootableWith } from '../../lib/test/helpers/bootable.js'
import { linuxInitramfs, linuxKernel } from './linux-guest.mjs'
import { atMost, peer } from './row.mjs'
import { runLines } from './run-lines.mjs'
import { underTap } from './tap.mjs'

const CONNECTIONS = 10_000
const PORT = 8080
const LIMIT_MS = 600_000
const MEMORY = { unik: 96, linux: 512 }
const card = [
  '-netdev',
  'tap,id=n,ifname=tap0,script=no,downscript=no',
  '-device',
  'virtio-net-pci,netdev=n,romfile=',
]
const machine =
  '-M q35 -accel tcg -cpu max -smp 1,maxcpus=2 -nodefaults -no-user-config -display none -no-reboot'

export async function connectionRows(scratch, program) {
  const what = `${CONNECTIONS} TCP connections`
  if (process.getuid?.() !== 0) return [peer(`${what}: a network namespace with a tap needs root`, '')]
  const kernel = linuxKernel()
  const guests = {
    unik: await unikGuest(scratch, program),
    ...(kernel && { linux: linuxGuest(scratch, program, kernel) }),
  }
  const each = {}
  for (const [name, guest] of Object.entries(guests)) {
    console.error(`  ${what}: ${name}, ${MEMORY[name]} MiB …`)
    each[name] = memoryEach(await runGuest(program, MEMORY[name], guest))
  }
  const kib = (value) => `${value.toFixed(2)} KiB`
  return [
    atMost(
      `${what} in ${MEMORY.unik} MiB: memory of each (Linux's: budget)`,
      each.linux ?? Number.NaN,
      each.unik,
      kib,
    ),
  ]
}

function memoryEach(output) {
  const free = (when) => Number(new RegExp(`${when} (\\d+) KiB free`).exec(output)?.[1])
  if (!output.includes('all of it is right')) throw new Error(output)
  return (free('listening') - free('accepted')) / CONNECTIONS
}

async function unikGuest(scratch, program) {
  const image = await bootableWith({
    folder: scratch,
    name: 'connections',
    drivers: ['serial-16550', 'virtio-net', 'acpi-power', 'debug-exit'],
    init: program,
  })
  const words = 'ip=10.0.0.2::10.0.0.1:255.255.255.0::eth0:off'
  return ['-kernel', image, '-append', `${words} -- serve 10.0.0.2 ${PORT} ${CONNECTIONS}`]
}

function linuxGuest(scratch, program, kernel) {
  const initrd = join(scratch, 'connections.cpio')
  const modules = linuxInitramfs(initrd, { kernel, program, modules: ['virtio_pci', 'virtio_net'] })
  const words = 'console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable net.ifnames=0'
  const order = `serve 10.0.0.2 ${PORT} ${CONNECTIONS} ${modules.join(' ')}`
  return ['-kernel', kernel.image, '-initrd', initrd, '-append', `${words} -- ${order}`]
}

function runGuest(program, memory, guest) {
  const qemu = [
    'qemu-system-x86_64',
    ...machine.split(' '),
    '-m',
    String(memory),
    '-serial',
    'stdio',
    ...card,
    ...guest,
  ]
  const client = [program, 'connect', '10.0.0.2', PORT, CONNECTIONS]
  return runLines(underTap(client, qemu), LIMIT_MS)
}
