import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { sha256File } from '../../base/sha256-file.js'
import { build } from '../../cli/pipeline.js'
import type { DiskController, QemuRecipe } from '../../targets/lib/recipe.js'
import { runGuest } from '../helpers/boot.js'
import { compileStatic } from '../helpers/bootable.js'
import { scratchFolder } from '../helpers/scratch.js'
import { expectServed } from '../helpers/served.js'

// Images for any PC, on machines that none of their platforms' ways has (test/targets/ways.test.ts).
describe('boots', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const artefact = (path: string) => join(scratch(), 'dist', path)
  before(async () => {
    writeFileSync(join(scratch(), 'app.ts'), 'export default { fetch: () => new Response("hello") }\n')
    await build({ entries: ['app.ts'], targets: ['raw', 'iso'], env: {}, output: 'dist', cwd: scratch() })
  })

  const controller =
    (kind: DiskController, machine = 'q35') =>
    (recipe: QemuRecipe) => ({
      ...recipe,
      machine,
      boot: { ...recipe.boot, controller: kind } as QemuRecipe['boot'],
    })
  const machines: Readonly<Record<string, { way: string; adapt: (recipe: QemuRecipe) => QemuRecipe }>> = {
    'BIOS, IDE': { way: 'BIOS', adapt: controller('ide', 'pc') },
    'UEFI, NVMe': { way: 'UEFI', adapt: controller('nvme') },
    'BIOS, with a display': { way: 'BIOS', adapt: (recipe) => ({ ...recipe, vga: 'VGA' }) },
  }
  for (const [name, { way, adapt }] of Object.entries(machines))
    it(`raw: ${name}`, () =>
      expectServed(artefact('raw'), 'hello', {
        way,
        adaptRecipe: (recipe) => adapt(recipe as QemuRecipe),
      }))

  it('leave the image as it was', async () => {
    const before = sha256File(artefact('iso/app.iso'))
    await runGuest({ subject: artefact('iso') }, 2000)
    expect(sha256File(artefact('iso/app.iso'))).to.equal(before)
  })
})

describe('disks', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()

  /** A root file system whose /init is this C program. */
  async function rootWith(name: string, source: string): Promise<{ folder: string; init: string }> {
    const folder = join(scratch(), name)
    mkdirSync(folder)
    writeFileSync(`${folder}.c`, source)
    await compileStatic(`${folder}.c`, join(folder, 'init'))
    return { folder, init: '/init' }
  }

  it('a root file system larger than the memory is read from the disk that the machine started from', async () => {
    const rootfs = await rootWith('large', sumProgram)
    const data = Buffer.from(Uint32Array.from({ length: 6 << 20 }, (_, at) => at).buffer)
    writeFileSync(join(rootfs.folder, 'data'), data)
    const output = join(scratch(), 'large-dist')
    const { text, report } = await runGuest({ rootfs, target: 'raw', output, memory: 16 })
    const sum = new Uint32Array(data.buffer).reduce((total, value) => (total + value) % 2 ** 32, 0)
    expect(text).to.match(new RegExp(`^24 MiB, sum ${sum}\r?$`, 'm'))
    expect(report).to.include({ verdict: 'exited', status: 9 })
  })

  it('boot --disk gives the app a disk that keeps what it writes', async () => {
    const image = join(scratch(), 'data.img')
    writeFileSync(image, '')
    truncateSync(image, 1 << 20)
    const request = {
      subject: undefined,
      rootfs: await rootWith('writes', diskProgram),
      target: 'raw',
      output: join(scratch(), 'dist'),
      disks: [{ file: image, format: 'raw' }] as const,
    }
    const first = await runGuest(request)
    expect(first.text).to.match(/^was \[\]\r?$/m)
    expect(first.report).to.include({ verdict: 'exited', status: 7 })
    expect(readFileSync(image).toString('latin1', 0, 20)).to.equal('written by the guest')
    expect((await runGuest(request)).text).to.match(/^was \[written by the guest\]\r?$/m)
  })

  it('boot --disk is refused where no driver would serve it', async () => {
    const disks = [{ file: join(scratch(), 'data.img'), format: 'raw' }] as const
    writeFileSync(join(scratch(), 'app.ts'), 'console.log(1)\n')
    const refused = runGuest({ subject: 'app.ts', cwd: scratch(), output: join(scratch(), 'dist'), disks })
    await refused.then(
      () => expect.fail('it was booted'),
      (error: Error) =>
        expect(error.message).to.equal('target qemu has no driver for a disk, so --disk has no use'),
    )
  })
})

const sumProgram = `
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    static unsigned words[16384];
    unsigned sum = 0;
    long size = 0, got;
    int fd = open("/data", O_RDONLY);
    while ((got = read(fd, words, sizeof words)) > 0) {
        size += got;
        for (long i = 0; i < got / 4; i++)
            sum += words[i];
    }
    printf("%ld MiB, sum %u\\n", size >> 20, sum);
    return got == 0 ? 9 : 1;
}
`

const diskProgram = `
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    char sector[512] = "";
    int fd = open("/dev/sdb", O_RDWR);
    if (fd < 0 || pread(fd, sector, sizeof sector, 0) != sizeof sector)
        return 1;
    printf("was [%s]\\n", sector);
    strcpy(sector, "written by the guest");
    return pwrite(fd, sector, sizeof sector, 0) == sizeof sector && fsync(fd) == 0 ? 7 : 2;
}
`
