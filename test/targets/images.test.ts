import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { run } from '../../base/run.js'
import { openArtefact } from '../../cli/artefact.js'
import { type BuildResult, build } from '../../cli/pipeline.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needReader } from '../helpers/tool.js'

const MiB = 1 << 20
const GiB = 1 << 30

// The images that machines start from, seen by the tools of others.
describe('images for firmware', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const artefact = (path: string) => join(scratch(), 'dist', path)
  let built: BuildResult
  before(async () => {
    writeFileSync(join(scratch(), 'app.ts'), 'export default { fetch: () => new Response("hello") }\n')
    built = await build({
      entries: ['app.ts'],
      targets: ['linux', 'raw', 'iso', 'efi', 'pxe'],
      env: {},
      output: 'dist',
      cwd: scratch(),
    })
  })

  /** Bytes of a file inside a FAT volume that starts at `offset` of `image`. */
  async function fromVolume(image: string, offset: number, path: string): Promise<Buffer> {
    const out = join(scratch(), `copy-${offset}-${path.replaceAll('/', '-')}`)
    await run(needReader('mcopy', 'mtools'), ['-n', '-i', `${image}@@${offset}`, `::${path}`, out])
    return readFileSync(out)
  }

  it('hold the app ELF byte for byte', () => {
    const elf = readFileSync(artefact('linux/app'))
    for (const file of ['efi/app.efi', 'pxe/app.efi', 'pxe/app.bzimage', 'iso/app.iso'])
      expect(readFileSync(artefact(file)).indexOf(elf), file).to.be.greaterThan(0)
  })

  it('take little room, and are as large as their platforms ask for', () => {
    for (const [file, size] of [
      ['raw/app.img', GiB],
      ['iso/app.iso', 3 * MiB],
      ['efi/app.efi', 3 * MiB],
    ] as const) {
      const stat = statSync(artefact(file))
      expect(stat.blocks * 512, file).to.be.at.most(3 * MiB)
      expect(stat.size, file).to.be.at.most(size)
    }
    expect(statSync(artefact('raw/app.img')).size % GiB).to.equal(0)
  })

  it('are what unik.json says, their holes included', async () => {
    for (const { folder, files } of built.artefacts)
      for (const { path, sha256 } of files) {
        const { stdout } = await run('sha256sum', [join(folder, path)])
        expect(stdout.slice(0, 64), path).to.equal(sha256)
      }
  })

  it('are told when they are damaged', () => {
    const disk = artefact('raw/app.img')
    const byte = Buffer.alloc(1)
    const handle = openSync(disk, 'r+')
    const change = () => {
      readSync(handle, byte, 0, 1, 5 * (MiB / 2))
      byte[0] = (byte[0] ?? 0) ^ 1
      writeSync(handle, byte, 0, 1, 5 * (MiB / 2))
    }
    change()
    expect(() => openArtefact('dist/raw', scratch())).to.throw('app.img is not what unik built')
    change()
    expect(openArtefact('dist/raw', scratch()).target).to.equal('raw')
    const last = Buffer.alloc(512) // the header of the second partition table
    readSync(handle, last, 0, 512, GiB - 512)
    ftruncateSync(handle, GiB - 512)
    expect(() => openArtefact('dist/raw', scratch())).to.throw('app.img is truncated')
    ftruncateSync(handle, GiB)
    expect(() => openArtefact('dist/raw', scratch())).to.throw('app.img is not what unik built')
    writeSync(handle, last, 0, 512, GiB - 512)
    closeSync(handle)
  })

  it('raw: sgdisk, fsck.fat, mtools and 7zz find a disk for BIOS and UEFI', async () => {
    const disk = artefact('raw/app.img')
    const { stdout } = await run(needReader('sgdisk', 'gdisk'), ['-v', '-p', disk])
    expect(stdout)
      .to.include('No problems found.')
      .and.to.match(/1 +2048 +133119 .* EF00 +EFI system/)
    const volume = join(scratch(), 'volume')
    await run('dd', [`if=${disk}`, `of=${volume}`, 'bs=1M', 'skip=1', 'count=64', 'conv=sparse'])
    const fsck = needReader('fsck.fat', 'dosfstools')
    expect((await run(fsck, ['-n', volume])).stdout).to.match(/: 5 files, /)
    const image = await fromVolume(disk, MiB, 'EFI/BOOT/BOOTX64.EFI')
    expect(image.equals(readFileSync(artefact('efi/app.efi')))).to.equal(true)
    expect((await fromVolume(disk, MiB, 'NOTICES.TXT')).toString()).to.include('musl')
    const { stdout: listing } = await run(needReader('7zz', '7zip'), ['l', disk])
    expect(listing).to.match(/Type = GPT/)
    expect((await run('file', [disk])).stdout).to.include('DOS/MBR boot sector')
    expect((await run(needReader('qemu-img', 'qemu-utils'), ['info', disk])).stdout).to.match(
      /virtual size: 1 GiB/,
    )
  })

  it('raw: a large root file system stands in a partition of its own', async () => {
    const root = join(scratch(), 'root')
    mkdirSync(root)
    writeFileSync(join(root, 'init'), readFileSync(artefact('linux/app')))
    writeFileSync(join(root, 'data'), Buffer.alloc(20 * MiB, 'unik'))
    await build({
      entries: [],
      rootfs: { folder: root, init: '/init' },
      targets: ['raw'],
      env: {},
      output: 'large',
      cwd: scratch(),
    })
    const disk = join(scratch(), 'large/raw/init.img')
    const { stdout } = await run('sgdisk', ['-v', '-i', '2', disk])
    expect(stdout).to.include('No problems found.').and.to.include("Partition name: 'root'")
    const id = /Partition unique GUID: (\S+)/.exec(stdout)?.[1]?.toLowerCase()
    const image = await fromVolume(disk, MiB, 'EFI/BOOT/BOOTX64.EFI')
    expect(image.indexOf(`root=PARTUUID=${id}`), 'in the kernel command line').to.be.greaterThan(0)
    expect(image.length).to.be.below(MiB)
    const first = Number(/First sector: (\d+)/.exec(stdout)?.[1])
    const archive = join(scratch(), 'archive')
    await run('dd', [`if=${disk}`, `of=${archive}`, 'bs=512', `skip=${first}`, 'count=60000', 'status=none'])
    const listed = await run(needReader('cpio', 'cpio'), ['-tv', '-F', archive])
    expect(listed.stdout).to.match(/20971520 .* data$/m)
  })

  it('iso: xorriso, sgdisk, mtools and 7zz find a disc that is a disk too', async () => {
    const disc = artefact('iso/app.iso')
    const reports = ['-report_el_torito', 'plain', '-report_system_area', 'plain']
    const { stdout } = await run(needReader('xorriso', 'xorriso'), ['-indev', disc, ...reports])
    expect(stdout)
      .to.match(/boot img : +1 +BIOS +y +none/)
      .and.to.match(/boot img : +2 +UEFI +y +none/)
    expect(stdout).to.match(/GPT partition path : +1 +\/BOOT\/EFI\.IMG/)
    const start = Number(/GPT start and size : +1 +(\d+)/.exec(stdout)?.[1]) * 512
    const image = await fromVolume(disc, start, 'EFI/BOOT/BOOTX64.EFI')
    expect(image.equals(readFileSync(artefact('efi/app.efi')))).to.equal(true)
    const out = join(scratch(), 'disc')
    await run('xorriso', ['-osirrox', 'on', '-indev', disc, '-extract', '/', out])
    expect(readFileSync(join(out, 'EFI/BOOT/BOOTX64.EFI')).equals(image)).to.equal(true)
    expect(readFileSync(join(out, 'NOTICES.TXT'), 'utf8')).to.include('musl')
    expect((await run('sgdisk', ['-v', disc])).stdout).to.include('No problems found.')
    expect((await run('7zz', ['t', disc])).stdout).to.include('Everything is Ok')
  })

  it('efi: file knows a UEFI application that is a kernel of Linux, too', async () => {
    const { stdout } = await run('file', ['-k', artefact('efi/app.efi')])
    expect(stdout)
      .to.match(/Linux kernel x86 boot executable bzImage/)
      .and.to.match(/PE32\+ executable \(EFI application\)/i)
  })

  it('pxe: a script for iPXE, and a configuration that dnsmasq takes', async () => {
    expect(readFileSync(artefact('pxe/boot.ipxe'), 'utf8')).to.equal('#!ipxe\nkernel app.bzimage\nboot\n')
    const dnsmasq = needReader('dnsmasq', 'dnsmasq-base')
    const { stderr } = await run(dnsmasq, ['--test', `--conf-file=${artefact('pxe/dnsmasq.conf')}`])
    expect(stderr).to.include('syntax check OK')
  })
})
