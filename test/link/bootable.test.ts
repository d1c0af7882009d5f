import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { tryRun } from '../../base/run.js'
import type { Image } from '../../linker/image.js'
import { linkBootable } from '../../linker/link-bootable.js'
import { scratchFolder } from '../helpers/scratch.js'
import { archive, compile, input } from './toolchain.js'

/** Serial output of what linkBootable embeds, by 32-bit code that needs no kernel. */
const teller = `
    .section .boot.text, "ax", @progbits
    .code32
    .globl tell
tell:
    movl $boot_default_command_line, %esi
    movl $0x3f8, %edx
1:  lodsb
    testb %al, %al
    jz 2f
    outb %al, %dx
    jmp 1b
2:  movb vdso_start + 1, %al
    outb %al, %dx
    movb rootfs_end - 1, %al
    outb %al, %dx
    movl driver_table, %esi
    movb (%esi), %al
    outb %al, %dx
    ret
    .section .data
    .balign 8
    .globl driver_table
    .weak __start_drivers
driver_table: .quad __start_drivers
`
const driver = (name: string) => `
    .globl unik_driver_${name}
    .section .rodata.${name}, "a"
unik_driver_${name}: .byte 1
    .section drivers, "awR"
    .balign 8
    .ascii "${name.at(-1)}......."
`

describe('bootable', () => {
  const folder = scratchFolder()
  const rootfs = Buffer.from('root file system: Z')

  async function linkIt(drivers: readonly string[]): Promise<Image> {
    const kernel = readFileSync(join(packageRoot, 'test/link/fixtures/kernel.S'), 'utf8')
    const calling = kernel.replace(
      '2:  movl pointer',
      '2:  movl $pvh_start32, %esp\n    call tell\n    movl pointer',
    )
    const start = await compile(folder(), 'kernel.S', calling.replaceAll('drivers', 'other_set'))
    const tell = await compile(folder(), 'teller.S', teller)
    const members: string[] = []
    for (const name of ['one', 'virtio_net', 'unused'])
      members.push(await compile(folder(), `${name}.S`, driver(name)))
    const lib = await archive(folder(), 'drivers.a', members)
    const vdso = await compile(folder(), 'vdso.c', 'int __vdso_time(void) { return 1; }', ['-fPIC'])
    return linkBootable({
      kernel: [start, tell, lib].map(input),
      vdso: [input(vdso)],
      drivers,
      rootfs: [rootfs.subarray(0, 5), rootfs.subarray(5)],
      commandLine: 'console=ttyS0 quiet ',
    })
  }

  it('holds the vDSO, the root file system, the command line and the drivers asked for', async () => {
    const image = await linkIt(['virtio-net'])
    const path = join(folder(), 'bootable')
    writeFileSync(path, image.bytes)
    const machine = [
      '-M',
      'microvm',
      '-nodefaults',
      '-display',
      'none',
      '-no-reboot',
      '-serial',
      'stdio',
      '-m',
      '32M',
    ]
    const exit = ['-device', 'isa-debug-exit,iobase=0xf4,iosize=4']
    const result = await tryRun('qemu-system-x86_64', [...machine, ...exit, '-kernel', path], {
      timeout: 20_000,
    })
    expect(result.stdout).to.equal('kernel says hello\nconsole=ttyS0 quiet EZt')
    expect(result.exitCode).to.equal((2 * (21 + 'r'.charCodeAt(0)) + 1) % 256)
    const names = image.symbols.map((symbol) => symbol.name)
    expect(names).to.include('unik_driver_virtio_net').and.not.include('unik_driver_unused')
  })

  it('shows the app whole pages of the vDSO, and nothing else', async () => {
    const { symbols } = await linkIt([])
    const at = (name: string) => symbols.find((symbol) => symbol.name === name)?.address ?? -1n
    expect(at('vdso_start') % 4096n).to.equal(0n)
    expect(at('vdso_end') - at('vdso_start')).to.equal(4096n)
    expect(at('rootfs_start') % 4096n).to.equal(0n)
    expect(at('rootfs_end') - at('rootfs_start')).to.equal(BigInt(rootfs.length))
  })

  it('tells a driver that does not exist', async () => {
    const error = await linkIt(['floppy']).catch((failure) => failure)
    expect(error.message).to.include('undefined symbol unik_driver_floppy')
  })
})
