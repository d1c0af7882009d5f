import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run } from '../../base/run.js'
import { build } from '../../cli/pipeline.js'
import { readApk } from '../../targets/formats/apk.js'
import { readDeb } from '../../targets/formats/deb.js'
import type { RootfsEntry } from '../../targets/formats/entry.js'
import { readRpm } from '../../targets/formats/rpm.js'
import { readTar } from '../../targets/formats/tar.js'
import { readZip } from '../../targets/formats/zip.js'
import { scratchFolder } from '../helpers/scratch.js'
import { needTool } from '../helpers/tool.js'

/** What stands in the artefact itself, for those that can be opened; others have the file beside them. */
const inside: Readonly<Record<string, (folder: string) => readonly Uint8Array[]>> = {
  deb: (folder) => named(readDeb(only(folder, '.deb')).files, 'usr/share/doc/shop/copyright'),
  rpm: (folder) => named(readRpm(only(folder, '.rpm')).files, 'usr/share/licenses/shop/NOTICES.txt'),
  apk: (folder) => named(readApk(only(folder, '.apk')).files, 'usr/share/licenses/shop/NOTICES.txt'),
  npm: (folder) => named(tarball(folder), 'package/NOTICES.txt'),
  heroku: (folder) => named(tarball(folder), 'app/NOTICES.txt'),
  web: (folder) => [readFileSync(join(folder, 'site/NOTICES.txt'))],
  workerd: (folder) => [readFileSync(join(folder, 'shop/NOTICES.txt'))],
  appengine: (folder) => [readFileSync(join(folder, 'deploy/NOTICES.txt'))],
  oci: (folder) => named(layers(folder), 'usr/share/licenses/NOTICES.txt'),
  lxc: (folder) => named(tarball(folder, 'incus.tar.gz'), 'rootfs/usr/share/licenses/NOTICES.txt'),
  wsl: (folder) => named(tarball(folder, '.wsl'), 'usr/share/licenses/NOTICES.txt'),
  zone: (folder) => named(tarball(folder, '.tar.gz'), 'usr/share/licenses/NOTICES.txt'),
  iso: (folder) => [only(folder, '.iso')],
  'unikernel-oci': (folder) => named(layers(folder), 'usr/share/licenses/NOTICES.txt'),
}

describe('third-party notices', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  before(async () => {
    mkdirSync(join(scratch(), 'node_modules'))
    symlinkSync(join(packageRoot, 'node_modules/hono'), join(scratch(), 'node_modules/hono'), 'junction')
    writeFileSync(join(scratch(), 'package.json'), '{ "name": "shop", "version": "1.0.0" }')
    const app = "import { Hono } from 'hono'\nexport default new Hono().get('/', (c) => c.text('shop'))\n"
    writeFileSync(join(scratch(), 'index.ts'), app)
    const targets = [...Object.keys(inside), 'linux', 'qemu', 'raw', 'lambda']
    await build({ entries: ['index.ts'], targets, env: {}, output: 'dist', cwd: scratch() })
  })

  const folder = (target: string) => join(scratch(), 'dist', target)
  const noticesOf = (target: string) => readFileSync(join(folder(target), 'NOTICES.txt'), 'utf8')

  it('hold the licence texts of packages, and of the libraries that this artefact holds', () => {
    const hono = readFileSync(join(packageRoot, 'node_modules/hono/LICENSE'), 'utf8').trim()
    for (const target of ['linux', 'qemu', 'web']) expect(noticesOf(target)).to.include(hono)
    expect(noticesOf('linux')).to.include('musl 1.2.5 (MIT)').and.not.include('lwip')
    expect(noticesOf('qemu')).to.include('lwip 2.2.1 (BSD-3-Clause)').and.not.include('spleen')
    expect(noticesOf('raw')).to.include('spleen 2.1.0 (BSD-2-Clause)')
    expect(noticesOf('web')).not.to.include('musl')
    const own = readFileSync(join(packageRoot, 'LICENSE'), 'utf8').trim()
    for (const target of ['linux', 'qemu', 'web']) expect(noticesOf(target)).to.include(own)
  })

  for (const [target, read] of Object.entries(inside))
    it(`stand inside of ${target} as they stand beside it`, () => {
      const [found] = read(folder(target))
      expect(Buffer.from(found ?? []).toString()).to.include(noticesOf(target).trim())
    })

  it('stand in the EFI partition of a disk image', async function () {
    const mcopy = needTool(this, 'mcopy', 'mtools')
    const out = join(scratch(), 'notices')
    await run(mcopy, ['-n', '-i', `${join(folder('raw'), 'shop.img')}@@1M`, '::NOTICES.TXT', out])
    expect(readFileSync(out, 'utf8')).to.equal(noticesOf('raw'))
  })

  it('in an archive are of what that archive holds', () => {
    const read = (name: string) =>
      Buffer.from(readZip(readFileSync(join(folder('lambda'), name)))['NOTICES.txt'] ?? []).toString()
    expect(read('shop-node.zip')).to.equal(noticesOf('web'))
    expect(read('shop-custom.zip')).to.equal(noticesOf('linux'))
    expect(noticesOf('lambda')).to.equal(noticesOf('linux'))
  })
})

function only(folder: string, ending: string): Uint8Array {
  return readFileSync(join(folder, readdirSync(folder).find((name) => name.endsWith(ending)) ?? ending))
}

function tarball(folder: string, ending = '.tgz'): RootfsEntry[] {
  return readTar(gunzipSync(only(folder, ending)))
}

/** The files of the image's layers; its other blobs are JSON. */
function layers(folder: string): RootfsEntry[] {
  const blobs = join(folder, 'layout/blobs/sha256')
  return readdirSync(blobs)
    .map((name) => readFileSync(join(blobs, name)))
    .filter((blob) => blob.readUInt16BE() === 0x1f8b)
    .flatMap((blob) => readTar(gunzipSync(blob)))
}

function named(entries: readonly RootfsEntry[], path: string): Uint8Array[] {
  return entries.flatMap((entry) => (entry.path === path && entry.data !== undefined ? [entry.data] : []))
}
