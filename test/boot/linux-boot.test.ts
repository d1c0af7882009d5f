import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot, prebuilt } from '../../base/package-root.js'
import { run } from '../../base/run.js'
import type { BzImage } from '../../linker/bzimage.js'
import type { Image } from '../../linker/image.js'
import { type MachineResult, runMachine } from '../helpers/bootable.js'
import { bareDrivers, bzImageWith } from '../helpers/bzimage.js'
import { linux64Loader } from '../helpers/linux64-loader.js'
import { scratchFolder } from '../helpers/scratch.js'

const fixtures = join(packageRoot, 'test/boot/fixtures')

// Somebody else's loaders of Linux start our file, and hand over its command line.
describe('Linux boot protocol', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  let kernel: Image
  let file: BzImage
  let path: string
  before(async () => {
    const init = join(fixtures, 'hello.c')
    const made = await bzImageWith({ folder: scratch(), drivers: bareDrivers, init })
    kernel = made.kernel
    file = made.file
    path = join(scratch(), 'unik')
    writeFileSync(path, file.bytes)
  })

  function boot(args: readonly string[], memory = 64): Promise<MachineResult> {
    return runMachine([...args, '-cpu', 'max', '-m', String(memory)])
  }

  function expectHello(result: MachineResult, words: string): void {
    expect(result.text, result.stderr).to.include(`hello from ${words}\n`)
    expect(result.status).to.equal(7)
  }

  it('file(1) knows it as a kernel of Linux', async () => {
    const { stdout } = await run('file', ['-b', path])
    expect(stdout).to.match(/^Linux kernel x86 boot executable bzImage, version unik,/)
  })

  const machines = {
    pc: ['pc'],
    q35: ['q35'],
    'pc with a screen': ['pc', '-device', 'VGA'],
    microvm: ['microvm'],
    'microvm, qboot': ['microvm', '-bios', 'qboot.rom'],
  }
  for (const [name, machine] of Object.entries(machines)) {
    it(`QEMU -kernel (${name})`, async () => {
      const line = ['-append', 'FROM=qemu -- one "two three"']
      expectHello(await boot(['-M', ...machine, '-kernel', path, ...line]), 'qemu one two three')
    })
  }

  it('without a command line, in 8 MiB', async () => {
    expectHello(await boot(['-M', 'pc', '-kernel', path], 8), 'nobody')
  })

  // The ROM of the network card asks user-mode networking for its boot file.
  function bootFromNetwork(bootFile: string): Promise<MachineResult> {
    const network = `user,id=n,tftp=${scratch()},bootfile=${bootFile}`
    return boot(['-M', 'pc', '-netdev', network, '-device', 'e1000,netdev=n,bootindex=0'])
  }

  it('iPXE, by TFTP', async () => {
    writeFileSync(join(scratch(), 'boot.ipxe'), '#!ipxe\nkernel unik FROM=ipxe -- one\nboot\n')
    expectHello(await bootFromNetwork('boot.ipxe'), 'ipxe one')
  })

  it('iPXE, by HTTP', async () => {
    const asked: (string | undefined)[] = []
    const server = createServer((request, response) => {
      asked.push(request.url)
      response.end(request.url === '/unik' ? file.bytes : '#!ipxe\nkernel unik FROM=http\nboot\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    try {
      expectHello(await bootFromNetwork(`http://10.0.2.2:${port}/boot.ipxe`), 'http')
    } finally {
      server.close()
    }
    expect(asked).to.deep.equal(['/boot.ipxe', '/unik'])
  })

  it('PXELINUX', async () => {
    copyFileSync('/usr/lib/PXELINUX/pxelinux.0', join(scratch(), 'pxelinux.0'))
    copyFileSync('/usr/lib/syslinux/modules/bios/ldlinux.c32', join(scratch(), 'ldlinux.c32'))
    mkdirSync(join(scratch(), 'pxelinux.cfg'))
    const config = 'DEFAULT unik\nLABEL unik\n KERNEL unik\n APPEND FROM=pxelinux -- two\n'
    writeFileSync(join(scratch(), 'pxelinux.cfg/default'), config)
    expectHello(await bootFromNetwork('pxelinux.0'), 'pxelinux two')
  })

  async function grubDisc(platform: 'i386-pc' | 'x86_64-efi', line: string): Promise<string[]> {
    const folder = join(scratch(), platform)
    mkdirSync(join(folder, 'boot/grub'), { recursive: true })
    copyFileSync(path, join(folder, 'unik'))
    writeFileSync(join(folder, 'boot/grub/grub.cfg'), `linux /unik ${line}\nboot\n`)
    const disc = join(scratch(), `${platform}.iso`)
    await run('grub-mkrescue', ['-o', disc, '-d', `/usr/lib/grub/${platform}`, folder])
    return ['-drive', `file=${disc},media=cdrom,if=ide,format=raw`]
  }

  it('GRUB, by the 32-bit entry', async () => {
    const disc = await grubDisc('i386-pc', 'FROM=grub -- three')
    expectHello(await boot(['-M', 'pc', ...disc]), 'grub three')
  })

  // It does not know where the ACPI tables are, but where the firmware says so.
  it('GRUB under UEFI, which leads to the ACPI tables', async () => {
    const disc = await grubDisc('x86_64-efi', 'verbose FROM=grub -- four')
    const result = await boot(['-M', 'q35', '-bios', 'OVMF.fd', ...disc], 256)
    expectHello(result, 'grub four')
    expect(result.text).not.to.match(/no ACPI/)
  })

  it('64-bit entry of the ELF where it was linked, as Firecracker does it', async () => {
    const elf = join(scratch(), 'elf64')
    writeFileSync(elf, kernel.bytes)
    const loader = ['-kernel', prebuilt('loader/vmm.elf'), '-initrd', elf]
    const line = ['-append', 'FROM=linux64 -- five six']
    expectHello(await boot(['-M', 'microvm,acpi=off', ...loader, ...line]), 'linux64 five six')
  })

  it('64-bit entry of the file at any page, memory behind it full of junk, five levels of page tables', async () => {
    const loading = { kernel, file, target: 0x123_5000n, fill: 0xaa, levels: 5 } as const
    const loader = await linux64Loader(scratch(), loading)
    expectHello(await boot(['-M', 'pc', '-kernel', loader], 128), 'linux64 five six')
  })

  it('the ELF still is a PVH kernel', async () => {
    const elf = join(scratch(), 'elf')
    writeFileSync(elf, kernel.bytes)
    expectHello(await boot(['-M', 'microvm', '-kernel', elf, '-append', 'FROM=pvh']), 'pvh')
  })
})
