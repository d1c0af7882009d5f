// What each boot path adds: time to the first output of a script hello, beside the emptiest guest (empty.S) on the same firmware.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { qemuArguments } from '../../lib/boot/machines/qemu.js'
import { makeBzImage } from '../../lib/linker/bzimage.js'
import { link } from '../../lib/linker/link.js'
import { writeSparseImage } from '../../lib/targets/formats/sparse-image.js'
import iso from '../../lib/targets/iso.js'
import { bootDisk } from '../../lib/targets/lib/disk.js'
import pxe from '../../lib/targets/pxe.js'
import { makeMedia } from '../../lib/test/matrix/media.js'
import { machineOf } from '../../lib/test/matrix/run-cell.js'
import { median, peer } from './row.mjs'

const runs = 11
const cell = (path, firmware, machine, controller = 'none', nic = 'virtio-net') => ({
  path,
  firmware,
  machine,
  controller,
  nic,
  cpu: 'max',
})
const cells = [
  cell('pvh', 'bios', 'microvm'),
  cell('pvh', 'bios', 'pc'),
  cell('pvh', 'bios', 'q35'),
  cell('bzimage', 'bios', 'pc'),
  cell('disk', 'bios', 'pc', 'ide', 'e1000'),
  cell('disk', 'bios', 'pc', 'virtio-blk'),
  cell('disk', 'bios', 'q35', 'nvme'),
  cell('cd', 'bios', 'q35'),
  cell('pxe', 'bios', 'q35'),
  cell('disk', 'ovmf', 'q35', 'nvme'),
  cell('cd', 'ovmf', 'q35'),
  cell('pxe', 'ovmf', 'q35'),
]

export async function bootPaths(scratch) {
  const folder = (name) => {
    mkdirSync(join(scratch, name), { recursive: true })
    return join(scratch, name)
  }
  const hello = await makeMedia("console.log('hello')", folder('hello'))
  const empty = await emptySet(folder('empty'))
  const rows = []
  for (const what of cells) {
    const ours = []
    const theirs = []
    for (let i = 0; i < (what.firmware === 'ovmf' ? 5 : runs); i++) {
      ours.push(await timeTo('hello', what, hello, scratch))
      theirs.push(await timeTo('empty', what, { inside: empty, onDisk: empty }, scratch))
    }
    const [with_, without] = [median(ours), median(theirs)]
    rows.push(
      peer(
        `first output by ${what.path}, ${what.firmware}, ${what.machine}${what.path === 'disk' ? `, ${what.controller}` : ''}`,
        `${with_.toFixed(0)} ms; empty guest ${without.toFixed(0)} ms; added ${(with_ - without).toFixed(0)} ms`,
      ),
    )
  }
  return rows
}

async function emptySet(folder) {
  const source = fileURLToPath(new URL('empty.S', import.meta.url))
  const object = join(folder, 'empty.o')
  const made = spawnSync('gcc', ['-c', source, '-o', object], { stdio: 'inherit' })
  if (made.status !== 0) throw new Error('the empty guest does not assemble')
  const inputs = [{ name: 'empty.o', bytes: readFileSync(object) }]
  const kernel = (entry) =>
    link(inputs, { output: 'kernel', entry, roots: ['pvh_start32', 'efi_start', 'linux_start64'] })
  const file = makeBzImage(kernel('linux_start64'), { setup: emptySetup(), bootSector: emptySector() })
  const build = {
    name: 'http',
    port: undefined,
    memory: { minimum: 4, default: 64 },
    rootfs: [],
    notices: new Uint8Array(),
    env: {},
    archive: () => new Uint8Array(),
    bootable: () => kernel('pvh_start32'),
    bootFile: () => ({ kernel: kernel('linux_start64'), file }),
  }
  const network = join(folder, 'network')
  mkdirSync(network)
  const disk = join(folder, 'disk.img')
  await writeSparseImage(disk, bootDisk(build, []).image)
  await iso.write(build, folder)
  await pxe.write(build, network)
  const elf = join(folder, 'empty.elf')
  writeFileSync(elf, kernel('pvh_start32').bytes)
  return { elf, bzImage: join(network, 'http.bzimage'), disk, disc: join(folder, 'http.iso'), network }
}

// Real mode: mov dx, COM1; mov al, C; out dx, al …; hlt; jmp back to it.
const sayInRealMode = [
  ...[0xba, 0xf8, 0x03],
  ...[...'empty'].flatMap((c) => [0xb0, c.charCodeAt(0), 0xee]),
  ...[0xf4, 0xeb, 0xfd],
]

function emptySector() {
  const sector = new Uint8Array(440)
  sector.set(sayInRealMode)
  return sector
}

/** The 16-bit entry of Linux's boot protocol, at 0x200: a jump over the rest of the header. */
function emptySetup() {
  const setup = new Uint8Array(4096)
  setup.set([0xeb, 0x70 - 2], 0x200)
  setup.set(sayInRealMode, 0x270)
  return setup
}

/** Milliseconds from the start of the emulator until the serial port says `word`. */
async function timeTo(word, what, media, scratch) {
  const { recipe, disks } = machineOf(what, media)
  const work = mkdtempSync(join(scratch, 'run-'))
  const options = {
    memory: what.firmware === 'ovmf' ? 192 : 64,
    ports: [],
    disks,
    accel: 'tcg',
    cpu: what.cpu,
    args: [],
    env: {},
    kernelWords: [],
    emulatorArgs: ['-snapshot'],
  }
  const start = performance.now()
  const qemu = spawn('qemu-system-x86_64', qemuArguments(recipe, options, work), {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const time = await new Promise((resolve) => {
    let text = ''
    const limit = setTimeout(() => resolve(Number.NaN), 60_000)
    qemu.stdout.on('data', (data) => {
      text += data.toString('latin1')
      if (!text.includes(word)) return
      clearTimeout(limit)
      resolve(performance.now() - start)
    })
    qemu.on('close', () => resolve(Number.NaN))
  })
  qemu.kill('SIGKILL')
  rmSync(work, { recursive: true, force: true })
  return time
}
