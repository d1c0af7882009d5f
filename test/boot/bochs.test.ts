import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { tryRun } from '../../base/run.js'
import { bareDrivers, bzImageWith, diskWith } from '../helpers/bzimage.js'
import { scratchFolder } from '../helpers/scratch.js'

const CYLINDER = 16 * 63 * 512

// Another BIOS than SeaBIOS, on another emulator than QEMU: stricter with page tables, and its serial port comes up with 5 bits.
describe('BIOS boot on Bochs', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  before(async () => {
    const init = join(packageRoot, 'test/boot/fixtures/hello.c')
    const commandLine = 'FROM=disk -- one'
    const { file } = await bzImageWith({ folder: scratch(), drivers: bareDrivers, init, commandLine })
    writeDisk('good', diskWith(file))
    writeDisk('bad', diskWith(file, 1))
  })

  function writeDisk(name: string, bytes: Uint8Array): void {
    writeFileSync(join(scratch(), name), bytes)
    truncateSync(join(scratch(), name), Math.ceil(bytes.length / CYLINDER) * CYLINDER)
  }

  // What the guest wrote to its serial port. Bochs shows the guest's screen in a terminal, so it gets one.
  async function boot(disk: string, cpu: string, seconds: number): Promise<string> {
    const at = (name: string): string => join(scratch(), name)
    const config = [
      'megs: 64',
      'romimage: file=/usr/share/bochs/BIOS-bochs-latest',
      'vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest',
      `cpu: model=${cpu}`,
      'ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14',
      `ata0-master: type=disk, path=${at(disk)}, mode=flat, cylinders=0`,
      'boot: disk',
      `com1: enabled=1, mode=file, dev=${at('serial')}`,
      `log: ${at('log')}`,
      'display_library: term',
      'clock: sync=none, time0=1000000',
    ]
    writeFileSync(at('config'), `${config.join('\n')}\n`)
    writeFileSync(at('commands'), 'c\n')
    writeFileSync(at('serial'), '')
    const bochs = `timeout -s KILL ${seconds} bochs-bin -q -f config -rc commands`
    await tryRun('script', ['-qec', bochs, '/dev/null'], { cwd: scratch(), env: { TERM: 'vt100' } })
    return readFileSync(at('serial'), 'latin1')
  }

  it('from disk, and off by ACPI', async () => {
    const started = performance.now()
    const text = await boot('good', 'corei7_haswell_4770', 40)
    expect(text)
      .to.match(/^hello from disk one\r?$/m)
      .and.to.include('unik;exit=7')
    expect(performance.now() - started, 'it ended by itself').to.be.lessThan(40_000)
  })

  // It resets, and starts all over: the first words are enough.
  it('a CPU without long mode', async () => {
    expect(await boot('good', 'pentium_mmx', 5)).to.match(/^unik: this CPU has no 64-bit mode\r\n/)
  })

  it('a boot sector that looks elsewhere', async () => {
    const text = await boot('bad', 'corei7_haswell_4770', 5)
    expect(text).to.match(/^unik: no kernel where the boot sector looks for it\r\n/)
  })
})
