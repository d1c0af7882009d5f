import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { start, tryRun } from '../../base/run.js'
import { runGuest } from '../helpers/boot.js'
import { scratchFolder } from '../helpers/scratch.js'

// The same image on every machine that QEMU can make of the parts that our drivers know: busybox asks a server of the emulator for
// a line, so interrupts, clock, network card and the way off all have to work.
const QUIET = 'microvm,x-option-roms=off,isa-serial=on,rtc=on'
const MMIO = ['-device', 'virtio-net-device,netdev=n', '-device', 'virtio-rng-device']
const PCI = ['-device', 'virtio-net-pci,netdev=n,romfile=', '-device', 'virtio-rng-pci']

interface Machine {
  readonly name: string
  readonly machine: string
  readonly cpu?: string
  readonly devices: readonly string[]
  readonly memory?: number
  /** What the kernel must say, besides the greeting. */
  readonly says?: RegExp
}

const machines: readonly Machine[] = [
  { name: 'microvm, legacy virtio-mmio found by ACPI', machine: QUIET, devices: MMIO },
  { name: 'microvm without ACPI', machine: `${QUIET},acpi=off`, devices: MMIO },
  { name: 'microvm without PIC', machine: `${QUIET},pic=off`, devices: MMIO },
  {
    name: 'microvm, modern virtio-mmio',
    machine: QUIET,
    devices: [...MMIO, '-global', 'virtio-mmio.force-legacy=false'],
  },
  { name: 'microvm with 8 MiB', machine: QUIET, devices: MMIO, memory: 8 },
  { name: 'microvm with PCI Express that no firmware set up', machine: `${QUIET},pcie=on`, devices: PCI },
  {
    name: 'microvm with a bridge that no firmware set up',
    machine: `${QUIET},pcie=on`,
    devices: ['-device', 'pcie-root-port,id=r', '-device', 'virtio-net-pci,netdev=n,romfile=,bus=r'],
  },
  {
    name: 'microvm, PCI without any interrupt',
    machine: `${QUIET},pcie=on`,
    devices: ['-device', 'virtio-net-pci,netdev=n,romfile=,vectors=0'],
    says: /polled every millisecond/,
  },
  { name: 'pc', machine: 'pc', devices: PCI },
  { name: 'pc without ACPI', machine: 'pc,acpi=off', devices: PCI },
  { name: 'pc without HPET', machine: 'pc,hpet=off', devices: PCI },
  { name: 'q35', machine: 'q35', devices: PCI },
  {
    name: 'q35, device behind a bridge',
    machine: 'q35',
    devices: ['-device', 'pcie-root-port,id=r', '-device', 'virtio-net-pci,netdev=n,romfile=,bus=r'],
  },
  {
    name: 'q35, INTx',
    machine: 'q35',
    devices: ['-device', 'virtio-net-pci,netdev=n,romfile=,vectors=0'],
  },
  {
    name: 'pc without an APIC',
    machine: 'pc',
    cpu: 'qemu64,-apic',
    devices: PCI,
  },
  { name: 'microvm, CPU without RDRAND, SMEP and SMAP', machine: QUIET, cpu: 'qemu64', devices: MMIO },
  {
    name: 'q35, CPU without RDRAND and no entropy device',
    machine: 'q35',
    cpu: 'qemu64',
    devices: PCI.slice(0, 2),
    says: /no strong source of randomness/,
  },
  { name: 'microvm, CPU without SMAP', machine: QUIET, cpu: 'max,-smap', devices: MMIO },
  {
    name: 'q35, plain rings',
    machine: 'q35',
    devices: ['-device', 'virtio-net-pci,netdev=n,romfile=,mrg_rxbuf=off,event_idx=off'],
  },
]

describe('machines', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  const kernel = (): string => join(scratch(), 'dist', 'qemu', 'busybox.elf')

  before(async () => {
    mkdirSync(join(scratch(), 'root/bin'), { recursive: true })
    copyFileSync('/bin/busybox', join(scratch(), 'root/bin/busybox'))
    const rootfs = { folder: join(scratch(), 'root'), init: '/bin/busybox' }
    await runGuest({ rootfs, output: join(scratch(), 'dist'), args: ['true'] })
  })

  for (const machine of machines)
    it(machine.name, async () => {
      const { exitCode, stdout, stderr } = await tryRun(
        'qemu-system-x86_64',
        qemuArguments(machine, kernel()),
        {
          timeout: 30_000,
        },
      )
      expect(stdout, stderr).to.match(/^greetings\r?$/m)
      expect(stdout).to.include('unik;exit=0')
      if (machine.says) expect(stdout).to.match(machine.says)
      else expect(stdout).not.to.match(/^unik: /m)
      expect(exitCode).to.equal(0)
    })

  for (const [machine, devices] of [
    [QUIET, MMIO],
    ['pc', PCI],
    ['q35', PCI],
  ] as const)
    it(`power button ends the app with SIGTERM on ${machine.split(',')[0]}`, async () => {
      const serial = join(scratch(), 'serial')
      writeFileSync(serial, '')
      const args = qemuArguments({ name: '', machine, devices }, kernel(), 'sh', '-c', '"echo ready; read x"')
      args.splice(args.indexOf('-serial'), 2, '-serial', `file:${serial}`, '-monitor', 'stdio')
      const qemu = await start('qemu-system-x86_64', args)
      try {
        await until(() => readFileSync(serial, 'utf8').includes('ready'))
        qemu.stdin.write('system_powerdown\n')
        await until(() => readFileSync(serial, 'utf8').includes('unik;exit=143'))
        expect((await qemu.ended).exitCode).to.equal(0)
      } finally {
        qemu.kill('SIGKILL')
      }
    })

  // Each is an exit under hardware virtualisation. DHCP runs beside the app, so the count varies by a few.
  const budgets = [
    { machine: QUIET, devices: MMIO, most: 250 },
    { machine: 'q35', devices: PCI, most: 1000 },
  ]
  for (const { machine, devices, most } of budgets)
    it(`needs at most ${most} device accesses from kernel entry to first output on ${machine.split(',')[0]}`, async () => {
      const log = join(scratch(), 'trace')
      const trace = ['-d', 'trace:memory_region_ops_read,trace:memory_region_ops_write', '-D', log]
      const args = qemuArguments({ name: '', machine, devices }, kernel(), 'echo', '!')
      await tryRun('qemu-system-x86_64', [...args, ...trace], { timeout: 30_000 })
      const accesses = readFileSync(log, 'latin1').split('\n')
      const entry = accesses.findLastIndex((line) => line.includes("name 'fwcfg")) // the firmware's last: loading us
      const output = accesses.findIndex((line, at) => at > entry && line.includes('addr 0x3f8 value 0x21 '))
      expect(entry).to.be.greaterThan(0)
      expect(output).to.be.greaterThan(entry)
      expect(output - entry).to.be.at.most(most)
    })
})

function qemuArguments(
  { machine, cpu, memory, devices }: Machine,
  kernel: string,
  ...applet: readonly string[]
): string[] {
  const network = 'user,id=n,guestfwd=tcp:10.0.2.100:7-cmd:echo greetings'
  return [
    ...['-M', machine, '-accel', 'tcg', '-cpu', cpu ?? 'max', '-m', String(memory ?? 64), '-nodefaults'],
    ...['-no-user-config', '-display', 'none', '-no-reboot', '-serial', 'stdio', '-kernel', kernel],
    ...[
      '-netdev',
      network,
      ...devices,
      '-append',
      `-- ${applet.length > 0 ? applet.join(' ') : 'nc 10.0.2.100 7'}`,
    ],
  ]
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !condition(); await sleep(20))
    if (Date.now() > end) throw new Error('waited for 20 s')
}
