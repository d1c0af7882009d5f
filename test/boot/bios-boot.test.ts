import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run } from '../../base/run.js'
import type { BzImage } from '../../linker/bzimage.js'
import { type IsoEntry, layoutIso } from '../../targets/formats/iso-layout.js'
import { writeIso } from '../../targets/formats/iso9660.js'
import { type SparseImage, sparseImage, writeSparseImage } from '../../targets/formats/sparse-image.js'
import { type MachineResult, runMachine } from '../helpers/bootable.js'
import { bareDrivers, bzImageWith, diskWith, kernelLba } from '../helpers/bzimage.js'
import { startMachine } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'

const fixtures = join(packageRoot, 'test/boot/fixtures')

// Nothing between a BIOS and the kernel but our boot sector: no driver for the disk is linked.
describe('BIOS boot', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  let file: BzImage
  let disk: string
  before(async () => {
    const init = join(fixtures, 'hello.c')
    const commandLine = 'FROM=disk -- one'
    file = (await bzImageWith({ folder: scratch(), drivers: bareDrivers, init, commandLine })).file
    disk = writeDisk(diskWith(file))
  })

  function writeDisk(bytes: Uint8Array): string {
    const path = join(scratch(), 'disk')
    writeFileSync(path, bytes)
    return path
  }

  function boot(
    args: readonly string[],
    { cpu = 'max', memory = 64, limit = 30_000 } = {},
  ): Promise<MachineResult> {
    return runMachine([...args, '-cpu', cpu, '-m', String(memory)], limit)
  }

  function drive(path: string, options: string): string[] {
    return ['-drive', `file=${path},format=raw,snapshot=on,${options}`]
  }

  function expectHello(result: MachineResult): void {
    expect(result.text, result.stderr).to.match(/^hello from disk one$/m)
    expect(result.status).to.equal(7)
  }

  const controllers = {
    'virtio-blk': ['virtio-blk-pci,drive=d'],
    'virtio-blk, modern only': ['virtio-blk-pci,drive=d,disable-legacy=on'],
    'virtio-scsi': ['virtio-scsi-pci', 'scsi-hd,drive=d'],
    nvme: ['nvme,drive=d,serial=1'],
    ahci: ['ich9-ahci,id=a', 'ide-hd,drive=d,bus=a.0'],
    pvscsi: ['pvscsi', 'scsi-hd,drive=d'],
    'lsi 53c895a': ['lsi53c895a', 'scsi-hd,drive=d'],
    'usb stick': ['qemu-xhci', 'usb-storage,drive=d'],
  }
  for (const machine of ['pc', 'q35']) {
    for (const [name, devices] of Object.entries(controllers)) {
      it(`${name} (${machine})`, async () => {
        const args = devices.flatMap((device) => ['-device', device])
        expectHello(await boot(['-M', machine, ...drive(disk, 'if=none,id=d'), ...args]))
      })
    }
  }

  it('ide, with the CPU that has least', async () => {
    expectHello(await boot(['-M', 'pc', ...drive(disk, 'if=ide')], { cpu: 'qemu64' }))
  })

  it('opens the A20 line', async () => {
    const object = join(scratch(), 'a20-off.o')
    await run('gcc', ['-m32', '-c', join(fixtures, 'a20-off.S'), '-o', object])
    await run('objcopy', ['-O', 'binary', object, join(scratch(), 'a20-off')])
    const bytes = diskWith(file)
    bytes.copy(bytes, 512, 0, 512)
    bytes.set(readFileSync(join(scratch(), 'a20-off')))
    expectHello(await boot(['-M', 'pc', ...drive(writeDisk(bytes), 'if=ide')]))
  })

  describe('from a CD, which also is a disk', () => {
    let disc: string
    before(() => {
      const entries: IsoEntry[] = [
        { path: 'BOOT.BIN', size: 2048 },
        { path: 'KERNEL', size: file.bytes.length },
      ]
      const sector = new Uint8Array(2048)
      sector.set(file.bootSector(layoutIso(entries).locate('KERNEL') / 512))
      const mark = { offset: 510, data: Uint8Array.of(0x55, 0xaa) }
      const content = (path: string): SparseImage => {
        const data = path === 'KERNEL' ? file.bytes : sector
        return sparseImage(data.length, [{ offset: 0, data }])
      }
      disc = join(scratch(), 'disc.iso')
      const around = [{ offset: 0, data: sector.subarray(0, 440) }, mark]
      const options = { volumeName: 'UNIK', boot: { bios: 'BOOT.BIN' }, around }
      writeSparseImage(disc, writeIso(entries, content, options))
    })

    const ways = {
      'ide (pc)': ['-M', 'pc', 'if=ide,media=cdrom'],
      'ahci (q35)': ['-M', 'q35', 'if=ide,media=cdrom'],
      'scsi (q35)': ['-M', 'q35', 'if=none,id=d,media=cdrom', 'virtio-scsi-pci', 'scsi-cd,drive=d'],
      'usb stick (q35)': ['-M', 'q35', 'if=none,id=d', 'qemu-xhci', 'usb-storage,drive=d'],
    }
    for (const [name, [, machine = '', options = '', ...devices]] of Object.entries(ways)) {
      it(name, async () => {
        const args = devices.flatMap((device) => ['-device', device])
        expectHello(await boot(['-M', machine, ...drive(disc, options), ...args]))
      })
    }
  })

  describe('says what is wrong, and ends', () => {
    async function expectRefusal(result: Promise<MachineResult>, words: RegExp): Promise<void> {
      const { text, status, stderr } = await result
      expect(text, stderr).to.match(words)
      expect(status).to.equal(134)
    }

    function bootDisk(bytes: Uint8Array, options = {}): Promise<MachineResult> {
      return boot(['-M', 'pc', ...drive(writeDisk(bytes), 'if=ide')], { limit: 10_000, ...options })
    }

    it('a disk that ends too early', () =>
      expectRefusal(
        bootDisk(diskWith(file).subarray(0, (kernelLba + 400) * 512)),
        /the disk cannot be read at sector \d+ \(BIOS status \d+\): the image is cut short/,
      ))

    it('a disk that ends before the header', () =>
      expectRefusal(bootDisk(diskWith(file).subarray(0, 4096)), /the boot disk cannot be read/))

    it('a boot sector that looks elsewhere', () =>
      expectRefusal(bootDisk(diskWith(file, kernelLba - 8)), /no kernel where the boot sector looks for it/))

    it('a header without its kernel', () =>
      expectRefusal(
        bootDisk(diskWith(file).fill(0, (kernelLba + 8) * 512)),
        /the kernel does not follow its header/,
      ))

    it('one byte that changed', () => {
      const bytes = diskWith(file)
      const at = bytes.length - 100_000
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
      return expectRefusal(bootDisk(bytes), /the image is damaged/)
    })

    it('on the screen, for long enough to read it', async () => {
      const screen = join(scratch(), 'screen')
      const args = ['-M', 'pc', '-device', 'VGA', ...drive(writeDisk(diskWith(file, 1)), 'if=ide')]
      const machine = await startMachine(args, join(scratch(), 'monitor'))
      try {
        await machine.says('unik;exit=134')
        await machine.monitor(`pmemsave 0xb8000 4000 "${screen}"`)
        // Each character is followed by its colours.
        const cells = readFileSync(screen, 'latin1').replaceAll(/(.)./gs, '$1')
        expect(cells).to.include('unik: no kernel where the boot sector looks for it')
      } finally {
        await machine.kill()
      }
    })

    it('a file that was loaded in part', () => {
      const path = join(scratch(), 'cut')
      writeFileSync(path, file.bytes.subarray(0, -100_000))
      return expectRefusal(boot(['-M', 'pc', '-kernel', path], { limit: 10_000 }), /the image is damaged/)
    })

    it('too little memory', () =>
      expectRefusal(bootDisk(diskWith(file), { memory: 2 }), /too little memory: .* needs at least \d+ MiB/))

    it('too little memory, loaded by QEMU', () => {
      const path = join(scratch(), 'whole')
      writeFileSync(path, file.bytes)
      const machine = ['-M', 'pc', '-kernel', path]
      return expectRefusal(boot(machine, { limit: 10_000, memory: 2 }), /too little memory/)
    })

    it('a CPU without long mode', () =>
      expectRefusal(bootDisk(diskWith(file), { cpu: 'qemu32' }), /^.*this CPU has no 64-bit mode/))

    it('a machine without a reset register', () => {
      const path = join(scratch(), 'whole')
      writeFileSync(path, file.bytes)
      const machine = ['-M', 'microvm', '-kernel', path]
      return expectRefusal(
        boot(machine, { limit: 10_000, cpu: 'qemu32' }),
        /^unik: this CPU has no 64-bit mode$/m,
      )
    })
  })
})
