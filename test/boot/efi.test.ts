import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run, tryRun } from '../../base/run.js'
import { firmwareArguments } from '../../boot/qemu/firmware.js'
import { flattenKernel } from '../../linker/flat-image.js'
import { link } from '../../linker/link.js'
import { HEADER_SIZE, writePeHeader } from '../../linker/pe.js'
import { type MachineResult, runMachine } from '../helpers/bootable.js'
import { bareDrivers, bzImageWith } from '../helpers/bzimage.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needTaps } from '../helpers/taps.js'
import { compile, input } from '../link/toolchain.js'

const fixtures = join(packageRoot, 'test/boot/fixtures')

// OVMF starts our file by each way that it knows. The matrix serves HTTP from its disks and CDs.
describe('UEFI', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  let file: Uint8Array
  let path = ''
  before(async () => {
    const made = await bzImageWith({
      folder: scratch(),
      drivers: bareDrivers,
      entries: ['linux_start64', 'efi_start'],
      init: join(fixtures, 'hello.c'),
      commandLine: 'FROM=build -- default',
    })
    file = made.file.bytes
    path = join(scratch(), 'app.efi')
    writeFileSync(path, file)
  })

  it('from a FAT volume on pc, with an old CPU, by the command line of the build', async () => {
    const machine = ['-M', 'pc', '-cpu', 'qemu64', '-m', '128']
    expectHello(await boot([...machine, ...diskWith(file)]), 'build default')
  })

  it('over PXE on q35', async () => {
    const network = `user,id=n,tftp=${scratch()},bootfile=app.efi`
    const card = ['-netdev', network, '-device', 'virtio-net-pci,netdev=n,romfile=']
    expectHello(await boot(['-M', 'q35', '-cpu', 'max', '-m', '128', ...card]), 'build default')
  })

  it('over HTTP on q35', async function () {
    needTaps(this)
    const { stdout, stderr } = await tryRun('unshare', ['-n', 'sh', '-c', httpBoot(), 'sh', path], {
      cwd: scratch(),
      timeout: 90_000,
    })
    expect(stdout, stderr).to.include('hello from build default')
    expect(stdout).to.include('\u001b]unik;exit=7\u0007')
  })

  it('above 4 GiB, with a command line of UCS-2: it moves down, or says why it cannot', async () => {
    const machine = ['-M', 'q35', '-cpu', 'max', '-m', '3072'] // 1 GiB of it above 4 GiB; little is touched
    const result = await boot([...machine, ...diskWith(await loaderAbove(path))])
    expect(result.text, result.stderr).to.match(/(loaded high\n){2}/)
    expect(result.text).to.match(/unik: too little memory below 4 GiB for the image\n+not started\n/)
    expect(Buffer.from(result.text, 'latin1').toString()).to.include('hello from above one two three grüße\n')
  })

  function boot(args: readonly string[]): Promise<MachineResult> {
    const work = mkdtempSync(join(scratch(), 'firmware-'))
    return runMachine([...firmwareArguments('ovmf', work), ...args], 60_000)
  }

  /** A disk with a FAT volume that QEMU makes of a folder. */
  function diskWith(application: Uint8Array): string[] {
    const folder = mkdtempSync(join(scratch(), 'volume-'))
    mkdirSync(join(folder, 'EFI/BOOT'), { recursive: true })
    writeFileSync(join(folder, 'EFI/BOOT/BOOTX64.EFI'), application)
    const drive = `if=none,id=volume,format=raw,readonly=on,file=fat:${folder}`
    return ['-drive', drive, '-device', 'virtio-blk-pci,drive=volume,bootindex=0']
  }

  /** Linked by our own linker, and started through our own headers. */
  async function loaderAbove(inner: string): Promise<Uint8Array> {
    const include = ['-I', join(packageRoot, 'runtime-x86_64/kernel')]
    const flags = ['-ffreestanding', '-fPIE', '-mno-red-zone', '-mgeneral-regs-only', '-fno-stack-protector']
    const object = join(scratch(), 'load-high.o')
    const source = join(fixtures, 'load-high.c')
    await run('gcc', ['-std=gnu17', '-Os', '-Wall', ...flags, ...include, '-c', source, '-o', object])
    const data = `.section .rodata\n.balign 16\n.globl inner, inner_end\ninner: .incbin "${inner}"\ninner_end:\n`
    const embedded = await compile(scratch(), 'inner.S', data)
    const image = link([input(object), input(embedded)], { output: 'kernel', entry: 'efi_start' })
    const flat = flattenKernel(image)
    const application = new Uint8Array(HEADER_SIZE + flat.bytes.length)
    application.set(flat.bytes, HEADER_SIZE)
    writePeHeader(application, flat, image.entry)
    return application
  }

  /** What runs in a network of its own, with a server for DHCP and one for HTTP. */
  function httpBoot(): string {
    const card =
      '-netdev tap,id=n,ifname=tap0,script=no,downscript=no -device virtio-net-pci,netdev=n,romfile='
    const without = ['IPv4PXESupport', 'IPv6PXESupport', 'IPv6Support']
    const firmware = [
      ...firmwareArguments('ovmf', mkdtempSync(join(scratch(), 'firmware-'))),
      ...without.flatMap((name) => ['-fw_cfg', `name=opt/org.tianocore/${name},string=n`]),
    ]
    const options = '-nodefaults -no-user-config -display none -no-reboot -serial stdio -accel tcg'
    return `
ip link set lo up
ip tuntap add tap0 mode tap && ip address add 10.0.0.1/24 dev tap0 && ip link set tap0 up || exit 1
dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --interface=tap0 --bind-interfaces --port=0 --pid-file= \\
  --dhcp-leasefile=leases --dhcp-range=10.0.0.10,10.0.0.20 --dhcp-vendorclass=set:http,HTTPClient \\
  --dhcp-option-force=tag:http,60,HTTPClient --dhcp-boot=tag:http,http://10.0.0.1:8000/app.efi >&2 & dhcp=$!
busybox httpd -f -p 10.0.0.1:8000 -h . >&2 & http=$!
timeout 80 qemu-system-x86_64 ${options} ${firmware.join(' ')} -M q35 -cpu max -m 128 ${card}
kill $dhcp $http`
  }
})

function expectHello(result: MachineResult, words: string): void {
  expect(result.text, result.stderr).to.include(`hello from ${words}\n`)
  expect(result.status).to.equal(7)
}
