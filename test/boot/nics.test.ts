import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { start, tryRun } from '../../base/run.js'
import { freePort } from '../../boot/ports.js'
import { build } from '../../cli/pipeline.js'
import { bootableWith, compileStatic, runMachine } from '../helpers/bootable.js'
import { answersWithin, askMany, type Machine, startMachine } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needTaps } from '../helpers/taps.js'

// QEMU's name of the card, and the driver's.
const cards = [
  ['virtio-net-pci', 'virtio-net'],
  ['e1000', 'e1000'],
  ['e1000-82545em', 'e1000'],
  ['e1000-82544gc', 'e1000'],
  ['e1000e', 'e1000e'],
  ['vmxnet3', 'vmxnet3'],
] as const
const models = cards.filter(([device]) => !device.includes('-825'))

// A machine, and a CPU that decides by what the card interrupts: without an APIC there is neither MSI nor MSI-X.
const machines = [
  ['pc', 'max'],
  ['q35', 'qemu64'],
  ['pc', 'max,-apic'],
  ['q35', 'max'],
  ['microvm,pcie=on,rtc=on,isa-serial=on', 'max'], // no firmware: INTx has no line there, the card is polled
] as const

const secondPlace = ['-smp', '1,maxcpus=2'] // docs/hardware.md
const common = ['serial-16550', 'acpi-power', 'debug-exit', 'virtio-rng']
const source = `
export default {
  fetch: (request: Request) => new Response('hello ' + new URL(request.url).searchParams.get('n')),
}
`

describe('network cards', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const images = new Map<string, string>()
  let program = ''
  let machine: Machine | undefined

  before(async () => {
    writeFileSync(join(scratch(), 'app.ts'), source)
    const request = { targets: ['linux'], env: {}, output: join(scratch(), 'dist'), cwd: scratch() }
    await build({ ...request, entries: [join(scratch(), 'app.ts')] })
    program = await compileStatic(join(packageRoot, 'scripts/bench/transfer.c'), join(scratch(), 'transfer'))
    await compileStatic(join(packageRoot, 'test/boot/ipv6-bulk.c'), join(scratch(), 'bulk'))
  })
  afterEach(async () => {
    await machine?.kill()
    machine = undefined
  })

  for (const [device, driver] of cards)
    for (const [name, cpu] of device === driver || driver !== 'e1000' ? machines : machines.slice(0, 2))
      it(`${device}: HTTP on ${name.split(',')[0]} with -cpu ${cpu}`, async () => {
        const { origin, running } = await boot(driver, device, ['-M', name, '-cpu', cpu, '-m', '64'])
        await askMany(origin, 200, 20)
        if (name.startsWith('microvm') && device === 'e1000') expect(running.text()).to.include('is polled')
      })

  for (const [device, driver] of models) {
    it(`${device}: 50 connections at a guest with 8 MiB`, async () => {
      const { origin } = await boot(driver, device, ['-M', 'q35', '-cpu', 'max', '-m', '8'])
      await askMany(origin, 2000, 50)
    })

    it(`${device}: two cards, each with an address`, async () => {
      const port = await freePort()
      const second = ['-netdev', `user,id=o,net=10.0.3.0/24,hostfwd=tcp:127.0.0.1:${port}-:8080`]
      const args = ['-M', 'q35', '-cpu', 'max', '-m', '64', ...second, '-device', `${device},netdev=o`]
      const { origin } = await boot(driver, device, args)
      await askMany(origin, 40, 4)
      await answers(`http://127.0.0.1:${port}`)
      await askMany(`http://127.0.0.1:${port}`, 40, 4)
    })

    it(`${device}: the cable is pulled and put back`, async () => {
      const image = await imageOf(driver, 'link', join(packageRoot, 'test/boot/link-state.c'))
      const net = ['-netdev', 'user,id=n', '-device', `${device},netdev=n,id=card`]
      machine = await startMachine(
        ['-M', 'q35', '-m', '64', '-kernel', image, ...net],
        join(scratch(), 'monitor'),
      )
      let at = await machine.says('link up')
      for (const state of ['off', 'on', 'off', 'on']) {
        await machine.monitor(`set_link card ${state}`)
        at = await machine.says(`link ${state === 'on' ? 'up' : 'down'}`, at)
      }
    })

    it(`${device}: serves again once the cable is back`, async () => {
      const { origin, running } = await boot(driver, device, ['-M', 'pc', '-cpu', 'max', '-m', '64'])
      await running.monitor('set_link n off')
      expect(await answersWithin(origin, 500)).to.equal(false)
      await running.monitor('set_link n on')
      await answers(origin)
      await askMany(origin, 40, 4)
    })

    it(`${device}: 16 MiB out and in over a user network, each word checked`, async () => {
      const port = await freePort()
      const peer = await start(program, ['peer', String(port)])
      const words = `net 10.0.2.2 10.0.2.15 ${port} 16`
      const net = ['-netdev', 'user,id=n', '-device', `${device},netdev=n`]
      const image = await imageOf(driver, 'transfer', program)
      const { text } = await runMachine(
        ['-M', 'q35', ...secondPlace, '-m', '64', '-kernel', image, ...net, '-append', `ip=dhcp -- ${words}`],
        60_000,
      )
      peer.kill('SIGKILL')
      expect(text).to.include('all of it is right')
    })

    it(`${device}: 64 MiB out and in over a tap, each word checked`, async function () {
      needTaps(this)
      const image = await imageOf(driver, 'transfer', program)
      const words = 'ip=10.0.0.2::10.0.0.1:255.255.255.0::eth0:off -- net 10.0.0.1 10.0.0.2 5001 64'
      const { text, bytesAFrame } = await overTap(image, device, words, ['"$0" peer 5001', 'kill'], program)
      expect(text).to.include('all of it is right')
      if (cutsInTheCard(driver)) expect(bytesAFrame).to.be.greaterThan(1514)
    })

    it(`${device}: 16 MiB out and in over IPv6 on a tap, each byte checked`, async function () {
      needTaps(this)
      const image = await imageOf(driver, 'bulk', join(packageRoot, 'test/boot/ipv6-bulk.c'))
      const client = ['"$0" fe80::5054:ff:fe12:3456 tap0', 'wait'] as const
      const { text, bytesAFrame } = await overTap(image, device, 'ip=off', client, join(scratch(), 'bulk'))
      expect(text).to.include('all of it is right')
      if (cutsInTheCard(driver)) expect(bytesAFrame).to.be.greaterThan(1514)
    })
  }

  it('names a card that no driver knows', async () => {
    const image = await imageOf('virtio-net', 'app', join(scratch(), 'dist/linux/app'))
    for (const [device, id] of [
      ['e1000', '8086:100e'],
      ['rtl8139', '10ec:8139'],
    ]) {
      machine = await startMachine(
        ['-M', 'q35', '-m', '64', '-kernel', image, '-device', `${device}`],
        join(scratch(), 'monitor'),
      )
      await machine.says(`no network card that can be used: found PCI ${id}, for which no driver is linked`)
      await machine.kill()
    }
  })

  async function imageOf(driver: string, what: string, init: string): Promise<string> {
    const name = `${what}-${driver}`
    const drivers = driver === 'virtio-rng' ? common : [...common, driver]
    const image = images.get(name) ?? (await bootableWith({ folder: scratch(), name, drivers, init }))
    images.set(name, image)
    return image
  }

  /** A guest with the HTTP example, once it answers. */
  async function boot(driver: string, device: string, args: readonly string[]) {
    const image = await imageOf(driver, 'app', join(scratch(), 'dist/linux/app'))
    const port = await freePort()
    const net = ['-netdev', `user,id=n,hostfwd=tcp:127.0.0.1:${port}-:8080`, '-device', `${device},netdev=n`]
    const running = await startMachine(['-kernel', image, ...net, ...args], join(scratch(), 'monitor'))
    machine = running
    const origin = `http://127.0.0.1:${port}`
    await answers(origin)
    return { origin, running }
  }

  async function answers(origin: string): Promise<void> {
    expect(await answersWithin(origin, 30_000), machine?.text()).to.equal(true)
  }

  /** The guest and its peer (a command of the shell, in which $0 is `far`, and how it ends) in a network namespace of their own. */
  async function overTap(
    image: string,
    device: string,
    words: string,
    peer: readonly [string, string],
    far: string,
  ) {
    const steps = [
      'ip tuntap add tap0 mode tap && ip address add 10.0.0.1/24 dev tap0 && ip link set tap0 up',
      `ip link set lo up; ${peer[0]} >&2 & peer=$!`,
      `"$@"; ${peer[1]} $peer; echo; ip -s -o link show tap0`,
    ]
    const tap = ['-netdev', 'tap,id=n,ifname=tap0,script=no,downscript=no']
    const net = [...tap, '-device', `${device},netdev=n,mac=52:54:00:12:34:56`]
    const quiet = ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', 'stdio']
    const machine = ['-M', 'q35', ...secondPlace, '-m', '128', '-accel', 'tcg', ...quiet, ...net]
    const qemu = ['qemu-system-x86_64', ...machine, '-kernel', image, '-append', words]
    const all = ['-n', 'sh', '-c', steps.join('\n'), far, ...qemu]
    const { stdout, stderr } = await tryRun('unshare', all, { timeout: 100_000 })
    const [, bytes, frames] = /RX:[^\\]*\\\s+(\d+)\s+(\d+)/.exec(stdout) ?? []
    return { text: stdout + stderr, bytesAFrame: Number(bytes) / Number(frames) }
  }
})

// QEMU's model of e1000 cuts segments itself; the others hand them to the host as the guest made them.
const cutsInTheCard = (driver: string) => driver !== 'e1000'
