import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { MachineOptions } from '../../../boot/machine.js'
import { qemuArguments } from '../../../boot/machines/qemu.js'
import { findOvmf } from '../../../boot/qemu/firmware.js'
import type { BootMedium, DiskController, QemuRecipe } from '../../../targets/lib/recipe.js'
import { scratchFolder } from '../../helpers/scratch.js'

const kernel: BootMedium = { from: 'kernel', file: 'app.elf' }
const disk = (controller: DiskController): BootMedium => ({
  from: 'disk',
  file: 'app.img',
  format: 'raw',
  controller,
})

describe('QEMU command line', () => {
  const scratch = scratchFolder()

  const plain: QemuRecipe = { kind: 'qemu', machine: 'q35', boot: kernel, nic: undefined, rng: undefined }
  const none = { memory: 8, ports: [], accel: 'tcg', args: [], env: {}, kernelWords: [] } as const
  const argumentsFor = (recipe: Partial<QemuRecipe>, options: Partial<MachineOptions> = {}) =>
    qemuArguments({ ...plain, ...recipe }, { ...none, ...options }, scratch())

  /** The values of every `name` in a command line. */
  const valuesOf = (name: string, args: readonly string[]) =>
    args.flatMap((word, at) => (word === name ? [args[at + 1] ?? ''] : []))

  it('has a place for a second processor: else old TCG drops the memory barriers that virtio lives on', () => {
    expect(valuesOf('-smp', argumentsFor({}))).to.deep.equal(['1,maxcpus=2'])
  })

  it('gives a kernel its words: quoted where they hold blanks, the arguments after --', () => {
    const args = argumentsFor({}, { kernelWords: ['trace=sys'], env: { A: 'b c' }, args: ['x', ''] })
    expect(valuesOf('-kernel', args)).to.deep.equal(['app.elf'])
    expect(valuesOf('-append', args)).to.deep.equal(['trace=sys "A=b c" -- x ""'])
    expect(() => argumentsFor({}, { env: { A: '"' } })).to.throw('cannot hold "A=\\""')
  })

  it("says the platform's words first, and starts by Linux's entry what asks for it", () => {
    const boot = { from: 'kernel', file: 'app.elf', words: ['console=ttyS0'], by: 'linux64' } as const
    const args = argumentsFor({ boot }, { kernelWords: ['verbose'] })
    expect(valuesOf('-append', args)).to.deep.equal(['console=ttyS0 verbose'])
    expect(valuesOf('-initrd', args)).to.deep.equal(['app.elf'])
    expect(valuesOf('-kernel', args)[0]).to.match(/vmm\.elf$/)
  })

  it('has a card start from a web server, and UEFI by its variables', () => {
    const boot = { from: 'network', folder: '/srv', file: 'a', by: 'http' } as const
    const started = (firmware: 'seabios' | 'ovmf') =>
      valuesOf(
        '-netdev',
        qemuArguments({ ...plain, boot, nic: 'e1000', firmware }, none, scratch(), 'http://h/a'),
      )
    expect(started('seabios')).to.deep.equal(['user,id=net0,bootfile=http://h/a'])
    if (findOvmf() !== undefined) expect(started('ovmf')).to.deep.equal(['user,id=net0'])
  })

  it('leaves the words for other media where the kernel looks for them', () => {
    for (const boot of [disk('nvme'), { from: 'cd', file: 'a.iso' }] as const) {
      const args = argumentsFor({ boot }, { env: { A: 'b,c' } })
      expect(valuesOf('-fw_cfg', args)).to.deep.equal(['name=opt/unik/cmdline,string=A=b,,c'])
      expect(argumentsFor({ boot })).not.to.include('-kernel').and.not.to.include('-fw_cfg')
    }
  })

  const devices: Record<DiskController, string[]> = {
    'virtio-blk': ['virtio-blk-pci,drive=boot,bootindex=1'],
    'virtio-scsi': ['virtio-scsi-pci,id=disks', 'scsi-hd,bus=disks.0,scsi-id=0,drive=boot,bootindex=1'],
    'virtio-scsi-legacy': [
      'virtio-scsi-pci,disable-modern=on,id=disks',
      'scsi-hd,bus=disks.0,scsi-id=0,drive=boot,bootindex=1',
    ],
    nvme: ['nvme,serial=boot,drive=boot,bootindex=1'],
    ahci: ['ich9-ahci,id=disks', 'ide-hd,bus=disks.0,drive=boot,bootindex=1'],
    ide: ['ide-hd,bus=ide.0,unit=0,drive=boot,bootindex=1'],
    pvscsi: ['pvscsi,id=disks', 'scsi-hd,bus=disks.0,scsi-id=0,drive=boot,bootindex=1'],
    usb: ['qemu-xhci,id=disks', 'usb-storage,bus=disks.0,drive=boot,bootindex=1'],
  }
  for (const [controller, expected] of Object.entries(devices) as [DiskController, string[]][])
    it(`starts from a disk on ${controller}, which it does not change`, () => {
      const args = argumentsFor({ boot: disk(controller) })
      expect(valuesOf('-drive', args)).to.deep.equal(['if=none,id=boot,format=raw,file=app.img,snapshot=on'])
      expect(valuesOf('-device', args)).to.deep.equal(expected)
    })

  it('puts further disks, which are written, behind the one that it starts from', () => {
    const disks = [{ file: 'my,data', format: 'qcow2' }] as const
    const args = argumentsFor({ boot: disk('ahci'), disks: 'ahci' }, { disks })
    expect(valuesOf('-drive', args)[1]).to.equal('if=none,id=extra0,format=qcow2,file=my,,data')
    expect(valuesOf('-device', args)).to.deep.equal([...devices.ahci, 'ide-hd,bus=disks.1,drive=extra0'])
  })

  it('puts them on a controller of their own where the image comes from elsewhere', () => {
    const disks = [{ file: 'data', format: 'raw' }] as const
    expect(
      valuesOf('-device', argumentsFor({ machine: 'microvm', disks: 'virtio-blk' }, { disks })),
    ).to.deep.equal(['virtio-blk-device,drive=extra0'])
    const cd = argumentsFor({ boot: { from: 'cd', file: 'a.iso' }, disks: 'ahci' }, { disks })
    expect(valuesOf('-device', cd)).to.deep.equal([
      'ich9-ahci,id=disks',
      'ide-hd,bus=disks.0,drive=extra0',
      'ide-cd,bus=ide.2,drive=cd,bootindex=1',
    ])
  })

  it('says how many disks a controller takes', () => {
    const disks = Array.from({ length: 3 }, () => ({ file: 'data', format: 'raw' }) as const)
    expect(() => argumentsFor({ boot: disk('ide'), disks: 'ide' }, { disks })).to.throw(
      "4 disks are too many: this machine's ide takes 3",
    )
  })

  it('gives UEFI firmware variables of its own, and the application a volume', () => {
    writeFileSync(join(scratch(), 'app.efi'), 'MZ')
    const boot = { from: 'efi', file: join(scratch(), 'app.efi') } as const
    const [code, variables, volume] = valuesOf('-drive', argumentsFor({ firmware: 'ovmf', boot }))
    expect(code).to.match(/^if=pflash,unit=0,format=raw,readonly=on,file=/)
    expect(variables).to.equal(`if=pflash,unit=1,format=raw,file=${join(scratch(), 'variables.fd')}`)
    expect(existsSync(join(scratch(), 'variables.fd'))).to.equal(true)
    expect(volume).to.include(`file=fat:${join(scratch(), 'volume')}`)
    expect(readFileSync(join(scratch(), 'volume/EFI/BOOT/BOOTX64.EFI'), 'utf8')).to.equal('MZ')
  })

  it('offers a folder over TFTP to a machine that starts from the network', () => {
    const boot = { from: 'network', folder: '/srv/a,b', file: 'boot.ipxe', by: 'tftp' } as const
    const args = argumentsFor({ boot, nic: 'e1000' }, { ports: [{ host: 8080, guest: 80 }] })
    expect(valuesOf('-netdev', args)).to.deep.equal([
      'user,id=net0,hostfwd=tcp:127.0.0.1:8080-:80,tftp=/srv/a,,b,bootfile=boot.ipxe',
    ])
    expect(valuesOf('-device', args)).to.deep.equal(['e1000,netdev=net0,bootindex=1'])
  })
})
