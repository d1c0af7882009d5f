import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../base/run.js'
import { firstResponse } from '../../boot/probe.js'
import { build } from '../../cli/pipeline.js'
import type { BootMedium, BootRecipe, QemuRecipe } from '../../targets/lib/recipe.js'
import { ovmfMemory } from '../../targets/lib/recipe.js'
import { startGuest } from '../helpers/boot.js'
import { scratchFolder } from '../helpers/scratch.js'

const uefi = { firmware: 'ovmf', leastMemory: ovmfMemory(8) } as const

// Each row from the file that its platform gets, on the hardware that it shows, as far as QEMU has it.
describe('virtual machines', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const artefact = (path: string) => join(scratch(), 'dist', path)
  before(async () => {
    writeFileSync(join(scratch(), 'app.ts'), 'export default { fetch: () => new Response("hello") }\n')
    const targets = [...new Set(Object.values(starts).map(({ target }) => target))]
    await build({
      entries: ['app.ts'],
      targets: ['linux', ...targets],
      env: {},
      output: 'dist',
      cwd: scratch(),
    })
  })

  interface Start {
    readonly target: string
    readonly changes?: () => Partial<QemuRecipe>
  }
  const disk = (file: string, more: Omit<Extract<BootMedium, { from: 'disk' }>, 'from' | 'file'>) =>
    ({ boot: { from: 'disk', file: artefact(file), ...more } }) as const
  const starts: Readonly<Record<string, Start>> = {
    ami: { target: 'ami' },
    'ami: UEFI': { target: 'ami', changes: () => uefi },
    azure: { target: 'azure' },
    'cloud-hypervisor': { target: 'cloud-hypervisor' },
    firecracker: { target: 'firecracker' },
    gce: { target: 'gce' },
    hyperv: { target: 'hyperv' },
    'hyperv: VHDX, UEFI': {
      target: 'hyperv',
      changes: () => ({
        ...uefi,
        ...disk('hyperv/app.vhdx', { format: 'vhdx', controller: 'ahci' }),
        machine: 'q35',
      }),
    },
    kubevirt: { target: 'kubevirt' },
    openstack: { target: 'openstack' },
    proxmox: { target: 'proxmox' },
    vagrant: { target: 'vagrant' },
    'vagrant: VirtualBox': {
      target: 'vagrant',
      changes: () => ({
        ...disk('vagrant/app-virtualbox.box', {
          member: 'app-disk1.vmdk',
          format: 'vmdk',
          controller: 'ahci',
        }),
        ...{ machine: 'pc', nic: 'e1000,romfile=', rng: undefined },
      }),
    },
    'vagrant: VMware': {
      target: 'vagrant',
      changes: () => ({
        ...disk('vagrant/app-vmware.box', { member: 'box.vmdk', format: 'vmdk', controller: 'pvscsi' }),
        ...{ machine: 'pc', nic: 'vmxnet3,romfile=', rng: undefined },
      }),
    },
    virtualbox: { target: 'virtualbox' },
    'virtualbox: OVA': {
      target: 'virtualbox',
      changes: () =>
        disk('virtualbox/app.ova', { member: 'app-disk1.vmdk', format: 'vmdk', controller: 'ahci' }),
    },
    vmware: { target: 'vmware' },
  }
  for (const [name, { target, changes }] of Object.entries(starts))
    it(name, () => expectAnswer(artefact(target), changes?.()))

  it('read a large root file system from their disks', async () => {
    const root = join(scratch(), 'root')
    mkdirSync(root)
    copyFileSync(artefact('linux/app'), join(root, 'init'))
    writeFileSync(join(root, 'data'), Buffer.alloc(9 << 20, 'unik'))
    const targets = ['ami', 'hyperv', 'openstack', 'proxmox', 'virtualbox', 'vmware']
    const rootfs = { folder: root, init: '/init' }
    await build({ entries: [], rootfs, targets, env: {}, output: 'large', cwd: scratch() })
    for (const target of targets) await expectAnswer(join(scratch(), 'large', target))
  })

  it('are files of at most 3 MiB on the host, and the same when built again', async () => {
    const targets = [...new Set(Object.values(starts).map(({ target }) => target))]
    await build({ entries: ['app.ts'], targets, env: {}, output: 'again', cwd: scratch() })
    for (const target of targets) {
      const { stdout } = await run('du', ['-ak', artefact(target)])
      for (const [line, size] of stdout.matchAll(/^(\d+)\t.*app.*$/gm))
        expect(Number(size), line).to.be.at.most(3 << 10)
      await run('cmp', [artefact(`${target}/unik.json`), join(scratch(), 'again', target, 'unik.json')])
    }
  })
})

/** Boots the artefact until it has answered, then stops it as its platform would. */
async function expectAnswer(subject: string, changes: Partial<QemuRecipe> = {}): Promise<void> {
  const session = await startGuest({
    subject,
    timeout: 60,
    adaptRecipe: (recipe: BootRecipe) => ({ ...recipe, ...changes }) as BootRecipe,
  })
  const timer = setTimeout(() => session.guest.kill(), 90_000)
  const ended = new AbortController()
  void session.ended.then(() => ended.abort())
  const url = `http://127.0.0.1:${session.ports[0]?.host}/`
  const ms = await firstResponse(url, session.guest.startedAt, ended.signal)
  if (ms !== undefined) expect(await (await fetch(url)).text()).to.equal('hello')
  await session.guest.shutdown()
  const report = await session.ended
  clearTimeout(timer)
  expect(ms, `${subject}:\n${report.lines.map(({ text }) => text).join('\n')}`).to.be.a('number')
  expect(report).to.include({ verdict: 'exited', status: 0 })
}
