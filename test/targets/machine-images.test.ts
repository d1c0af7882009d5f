import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import { packageRoot } from '../../base/package-root.js'
import { run, tryRun } from '../../base/run.js'
import { build } from '../../cli/pipeline.js'
import type { DiskFormat } from '../../targets/lib/recipe.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needReader } from '../helpers/tool.js'

const MiB = 1 << 20
const GiB = 2 ** 30

// What clouds and hypervisors are given, seen by the tools of others.
describe('machine images', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  const artefact = (path: string) => join(scratch(), 'dist', path)
  const json = (path: string) => JSON.parse(readFileSync(artefact(path), 'utf8'))
  const text = async (program: string, ...args: string[]) => (await run(program, args)).stdout
  const qemuImg = (...args: string[]) => text(needReader('qemu-img', 'qemu-utils'), ...args)

  before(async () => {
    writeFileSync(join(scratch(), 'app.ts'), 'export default { fetch: () => new Response("hello") }\n')
    const targets = ['ami', 'azure', 'cloud-hypervisor', 'firecracker', 'gce', 'hyperv', 'kubevirt']
    targets.push('linux', 'openstack', 'proxmox', 'vagrant', 'virtualbox', 'vmware')
    await build({ entries: ['app.ts'], targets, env: {}, output: 'dist', cwd: scratch() })
  })

  /** What an archive of the artefact holds. */
  async function unpacked(archive: string): Promise<string> {
    const folder = join(scratch(), `${basename(archive)}-unpacked`)
    mkdirSync(folder, { recursive: true })
    await run('tar', ['-x', '-S', '-f', artefact(archive), '-C', folder])
    return folder
  }

  /** Finds nothing wrong with the image, its partition table and its files, and the app in it. */
  async function expectBootDisk(file: string, format: DiskFormat): Promise<void> {
    if (format !== 'raw' && format !== 'vpc')
      expect(await qemuImg('check', '-f', format, file)).to.include('No errors')
    const raw = join(scratch(), 'converted')
    await qemuImg('convert', '-f', format, '-O', 'raw', file, raw)
    expect(statSync(raw).size).to.equal(GiB)
    const table = await text(needReader('sgdisk', 'gdisk'), '-v', '-p', raw)
    expect(table).to.include('No problems found.').and.to.include('EFI system')
    const out = join(scratch(), 'BOOTX64.EFI')
    const mcopy = needReader('mcopy', 'mtools')
    await run(mcopy, ['-n', '-i', `${raw}@@${MiB}`, '::EFI/BOOT/BOOTX64.EFI', out])
    expect(readFileSync(out).indexOf(readFileSync(artefact('linux/app'))), 'the app').to.be.greaterThan(0)
  }

  const disks: Readonly<Record<string, DiskFormat>> = {
    'ami/app.img': 'raw',
    'azure/app.vhd': 'vpc',
    'hyperv/app.vhd': 'vpc',
    'hyperv/app.vhdx': 'vhdx',
    'kubevirt/app.qcow2': 'qcow2',
    'openstack/app.qcow2': 'qcow2',
    'proxmox/app.qcow2': 'qcow2',
    'virtualbox/app.vdi': 'vdi',
    'vmware/app-disk1.vmdk': 'vmdk',
  }
  for (const [path, format] of Object.entries(disks))
    it(`${path} is a disk to boot from`, () => expectBootDisk(artefact(path), format))

  it('ami: the blocks are those of the disk, and all others are zero', () => {
    const { volumeSize, blockSize, blocks } = json('ami/blocks.json') as {
      volumeSize: number
      blockSize: number
      blocks: { index: number; checksum: string }[]
    }
    expect(volumeSize).to.equal(1)
    const zeros = Buffer.alloc(blockSize)
    const block = Buffer.alloc(blockSize)
    const checksums = new Map(blocks.map(({ index, checksum }) => [index, checksum]))
    const disk = openSync(artefact('ami/app.img'), 'r')
    for (let index = 0; readSync(disk, block, 0, blockSize, index * blockSize) === blockSize; index++) {
      if (!checksums.has(index)) expect(block.equals(zeros), `block ${index}`).to.equal(true)
      else expect(checksums.get(index)).to.equal(createHash('sha256').update(block).digest('base64'))
      checksums.delete(index)
    }
    closeSync(disk)
    expect(checksums.size).to.equal(0)
    expect(json('ami/register-image.json')).to.include({ Architecture: 'x86_64', BootMode: 'uefi-preferred' })
  })

  it('azure: whole MiB and a footer, which vhdiinfo reads', async () => {
    expect(statSync(artefact('azure/app.vhd')).size).to.equal(GiB + 512)
    const vhdiinfo = needReader('vhdiinfo', 'libvhdi-utils')
    expect(await text(vhdiinfo, artefact('azure/app.vhd')))
      .to.match(/Disk type\s*: Fixed/)
      .and.to.include('1073741824 bytes')
    expect(json('azure/disk.json').properties.creationData.uploadSizeBytes).to.equal(GiB + 512)
  })

  it('gce: GNU tar, bsdtar and 7zz find one sparse file in the old format', async () => {
    const archive = artefact('gce/app.tar.gz')
    expect(await text('tar', '-tvf', archive)).to.match(
      /^-rw-r--r-- 0\/0 +1073741824 2000-01-01 00:00 disk\.raw\n$/,
    )
    const bsdtar = needReader('bsdtar', 'libarchive-tools')
    expect(await text(bsdtar, '-tvf', archive)).to.match(/1073741824 .* disk\.raw\n$/)
    const tar = await text('gzip', '-dc', archive)
    expect(tar.slice(257, 265)).to.equal('ustar  \0')
    const folder = await unpacked('gce/app.tar.gz')
    expect(await text(needReader('7zz', '7zip'), 'l', join(folder, 'disk.raw'))).to.match(/Type = GPT/)
    await expectBootDisk(join(folder, 'disk.raw'), 'raw')
  })

  it('kubevirt: skopeo and umoci find one file that everybody may read', async () => {
    const image = `${artefact('kubevirt/layout')}:latest`
    const skopeo = needReader('skopeo', 'skopeo')
    expect(JSON.parse(await text(skopeo, 'inspect', `oci:${image}`))).to.include({
      Architecture: 'amd64',
      Os: 'linux',
    })
    const bundle = join(scratch(), 'bundle')
    await run(needReader('umoci', 'umoci'), ['unpack', '--rootless', '--image', image, bundle])
    expect(await text('find', join(bundle, 'rootfs'), '-type', 'f', '-printf', '%P %m')).to.equal(
      'disk/app.qcow2 444',
    )
    await run('cmp', [join(bundle, 'rootfs/disk/app.qcow2'), artefact('kubevirt/app.qcow2')])
  })

  it('kubevirt: the manifest is of the types that KubeVirt publishes', async () => {
    const manifest = parse(readFileSync(artefact('kubevirt/virtual-machine.yaml'), 'utf8'))
    expect(manifest).to.include({ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine' })
    expect(await virtualMachineProblems(manifest)).to.equal('')
    manifest.spec.template.spec.domain.devices.disks[0].disk.buss = 'virtio'
    expect(await virtualMachineProblems(manifest)).to.match(/^machine\.ts.*"buss"' does not exist/)
  })

  /** What the compiler has against the manifest. */
  async function virtualMachineProblems(manifest: object): Promise<string> {
    const models = join(packageRoot, 'node_modules/@kubevirt-ui/kubevirt-api/kubevirt/models')
    const source = `import type { V1VirtualMachine } from '${models}/V1VirtualMachine.ts'
export const machine: V1VirtualMachine = ${JSON.stringify(manifest)}\n`
    writeFileSync(join(scratch(), 'machine.ts'), source)
    const tsc = join(packageRoot, 'node_modules/typescript/bin/tsc')
    const modules = ['--module', 'esnext', '--moduleResolution', 'bundler', '--allowImportingTsExtensions']
    const options = ['--noEmit', '--strict', '--skipLibCheck', ...modules, '--types', '']
    const args = [tsc, ...options, 'machine.ts']
    const { stdout } = await tryRun(process.execPath, args, { cwd: scratch() })
    return stdout
      .split('\n')
      .filter((line) => line.startsWith('machine.ts'))
      .join('\n')
  }

  for (const [target, system, card] of [
    ['vmware', 'vmx-13', 'VmxNet3'],
    ['virtualbox', 'virtualbox-2.2', 'E1000'],
  ] as const)
    it(`${target}: the OVA holds a descriptor, right digests and the disk`, async () => {
      const archive = artefact(`${target}/app.ova`)
      expect(await text('tar', '-tf', archive)).to.equal('app.ovf\napp.mf\napp-disk1.vmdk\n')
      const folder = await unpacked(`${target}/app.ova`)
      const manifest = readFileSync(join(folder, 'app.mf'), 'utf8')
      for (const file of ['app.ovf', 'app-disk1.vmdk']) {
        const sum = (await text('sha256sum', join(folder, file))).slice(0, 64)
        expect(manifest).to.include(`SHA256(${file})= ${sum}\n`)
      }
      const xmllint = needReader('xmllint', 'libxml2-utils')
      const value = (path: string) => text(xmllint, '--xpath', `string(${path})`, join(folder, 'app.ovf'))
      const size = statSync(join(folder, 'app-disk1.vmdk')).size
      expect(await value('//*[local-name()="VirtualSystemType"]')).to.equal(`${system}\n`)
      expect(await value('//*[local-name()="File"]/@*[local-name()="size"]')).to.equal(`${size}\n`)
      expect(await value('//*[local-name()="Disk"]/@*[local-name()="capacity"]')).to.equal(`${GiB}\n`)
      expect(
        await value(
          '//*[local-name()="Item"][*[local-name()="ResourceType"]=10]/*[local-name()="ResourceSubType"]',
        ),
      ).to.equal(`${card}\n`)
      await expectBootDisk(join(folder, 'app-disk1.vmdk'), 'vmdk')
    })

  it('vagrant: takes each box, by itself and from the catalogue', async function () {
    this.timeout(180_000) // each start of vagrant takes seconds
    const vagrant = needReader('vagrant', 'vagrant')
    const env = { ...process.env, VAGRANT_HOME: join(scratch(), 'vagrant'), VAGRANT_CHECKPOINT_DISABLE: '1' }
    for (const provider of ['libvirt', 'virtualbox', 'vmware'])
      await run(vagrant, ['box', 'add', '--name', 'app', artefact(`vagrant/app-${provider}.box`)], { env })
    const { stdout } = await run(vagrant, ['box', 'list'], { env })
    expect(stdout).to.equal('app (libvirt, 0)\napp (virtualbox, 0)\napp (vmware_desktop, 0)\n')
    for (const provider of ['libvirt', 'virtualbox', 'vmware_desktop'])
      await run(vagrant, ['box', 'add', './metadata.json', '--provider', provider], {
        env,
        cwd: artefact('vagrant'),
      })
    const { stdout: added } = await run(vagrant, ['box', 'list'], { env })
    const catalogued = stdout.replaceAll(/^app \((\w+), 0/gm, 'app/app ($1, 0.0.0')
    expect(added.replaceAll(/ +/g, ' ')).to.equal(stdout + catalogued)
    const catalogue = json('vagrant/metadata.json')
    catalogue.versions[0].providers[0].checksum = '0'.repeat(64)
    writeFileSync(artefact('vagrant/wrong.json'), JSON.stringify(catalogue))
    const args = ['box', 'add', './wrong.json', '--force', '--provider', 'libvirt']
    const wrong = await tryRun(vagrant, args, { env, cwd: artefact('vagrant') })
    expect(wrong.stderr).to.match(/checksum of the downloaded box did not match/i)
    await expectBootDisk(join(await unpacked('vagrant/app-libvirt.box'), 'box.img'), 'qcow2')
    await expectBootDisk(join(await unpacked('vagrant/app-virtualbox.box'), 'app-disk1.vmdk'), 'vmdk')
    await expectBootDisk(join(await unpacked('vagrant/app-vmware.box'), 'box.vmdk'), 'vmdk')
  })

  it('proxmox: the script is one of the shell', async () => {
    await run('sh', ['-n', artefact('proxmox/create.sh')])
    // A qm that says what it was asked for.
    const bin = join(scratch(), 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'qm'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 })
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` }
    const { stdout } = await run(artefact('proxmox/create.sh'), ['100', 'store'], { env })
    expect(stdout).to.match(/^create 100 --name app /)
    expect(stdout).to.include(
      `--scsi0 store:0,import-from=${artefact('proxmox/app.qcow2')} --boot order=scsi0`,
    )
  })

  it('openstack: the properties say what the disk is', () => {
    expect(json('openstack/image.json')).to.include({
      disk_format: 'qcow2',
      min_disk: 1,
      hw_disk_bus: 'virtio',
    })
    expect(readFileSync(artefact('openstack/README.md'), 'utf8')).to.include('--property hw_vif_model=virtio')
  })

  it('firecracker and cloud-hypervisor: an ELF with the note of PVH, named by the configuration', async () => {
    for (const target of ['firecracker', 'cloud-hypervisor']) {
      const notes = await text(needReader('readelf', 'binutils'), '-n', artefact(`${target}/app.elf`))
      expect(notes).to.match(/Xen\s+0x00000008\s.*\(0x00000012\)/)
    }
    expect(json('firecracker/vm-config.json')['boot-source'].kernel_image_path).to.equal('app.elf')
    expect(json('cloud-hypervisor/vm-create.json').payload.kernel).to.equal('app.elf')
  })
})
