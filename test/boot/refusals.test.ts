import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { bootableWith, type MachineResult, rootfsWith, runMachine } from '../helpers/bootable.js'
import { bareDrivers } from '../helpers/bzimage.js'
import { scratchFolder } from '../helpers/scratch.js'

// A machine or an image that cannot be used: one clear sentence, a status, an end. The neighbours have more: too little memory
// (memory.test.ts), no network card (endings.test.ts), no disk (disk-root.test.ts), loaders (bios-boot.test.ts, efi.test.ts).
describe('a kernel that cannot go on', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  const init = join(packageRoot, 'test/boot/fixtures/hello.c')
  const image = (name: string, rootfs: Uint8Array) =>
    bootableWith({ folder: scratch(), name, drivers: bareDrivers, rootfs })

  function boot(kernel: string, cpu = 'max', memory = 32, words = ''): Promise<MachineResult> {
    const machine = ['-M', 'microvm,x-option-roms=off', '-cpu', cpu, '-m', `${memory}`]
    return runMachine([...machine, '-kernel', kernel, '-append', words], 15_000)
  }

  it('names what a CPU lacks', async () => {
    const kernel = await image('whole', await rootfsWith({ folder: scratch(), init }))
    for (const cpu of ['486', 'pentium3', 'n270', 'qemu64,-lm', 'qemu64,-nx']) {
      const { text, status } = await boot(kernel, cpu)
      expect(text, cpu).to.equal('unik: this CPU has no 64-bit mode with no-execute pages\n')
      expect(status).to.equal(134)
    }
  })

  it('takes the least CPU that has these', async () => {
    const kernel = await image('whole', await rootfsWith({ folder: scratch(), init }))
    for (const cpu of ['Opteron_G1', 'Conroe', 'qemu64,-apic,-pge,-mtrr,-pat,-cx16,-sse3']) {
      const { text, status } = await boot(kernel, cpu)
      expect(text, cpu).to.match(/^hello from /m)
      expect(status).to.equal(7)
    }
  })

  it('says that there is no program', async () => {
    const kernel = await image('empty', await rootfsWith({ folder: scratch() }))
    const { text, status } = await boot(kernel)
    expect(text).to.match(/^unik: cannot run \/init: error 2 on opening it$/m)
    expect(status).to.equal(127)
  })

  it('says that the archive is none', async () => {
    const { text, status } = await boot(await image('junk', randomBytes(65536)))
    expect(text).to.match(/^unik: rootfs: no valid cpio entry at byte 0 of 65536/m)
    expect(status).to.equal(134)
  })

  it('says which words it cannot use, and goes on', async () => {
    const kernel = await image('whole', await rootfsWith({ folder: scratch(), init }))
    const { text, status } = await boot(
      kernel,
      'max',
      32,
      'virtio_mmio.device=nonsense console=nowhere ip=999.1.1.1',
    )
    expect(text)
      .to.match(/nonsense/)
      .and.to.match(/^hello from /m)
    expect(status).to.equal(7)
  })
})
