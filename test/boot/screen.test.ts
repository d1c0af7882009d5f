import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { firmwareArguments } from '../../boot/qemu/firmware.js'
import { bareDrivers, bzImageWith } from '../helpers/bzimage.js'
import { type Machine, startMachine } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'

const lines = Array.from({ length: 60 }, (_, i) => `line ${i + 1}`)

// A machine without a serial port, as VMware and VirtualBox present: the screen is the console.
describe('screens', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  let machine: Machine | undefined
  let path = ''
  before(async () => {
    const made = await bzImageWith({
      folder: scratch(),
      drivers: [...bareDrivers, 'vga-text', 'framebuffer'],
      entries: ['linux_start64', 'efi_start'],
      init: join(packageRoot, 'test/boot/fixtures/screen.c'),
      commandLine: 'quiet',
    })
    path = join(scratch(), 'app.efi')
    writeFileSync(path, made.file.bytes)
  })
  afterEach(async () => {
    await machine?.kill()
    machine = undefined
  })

  for (const name of ['pc', 'q35'])
    it(`VGA text of a BIOS on ${name} shows the last lines, and no records`, async () => {
      const running = await start(['-M', name, '-device', 'VGA', '-m', '64', '-kernel', path])
      const shown = await untilShown(() => textMemory(running), 'past')
      const expected = [...lines.slice(-22), 'Gr??e ?, red', 'a       tab, past, the end', '']
      expect(shown).to.deep.equal(expected)
    })

  it('the framebuffer of UEFI shows the same, with the letters of Latin-1', async () => {
    mkdirSync(join(scratch(), 'EFI/BOOT'), { recursive: true })
    writeFileSync(join(scratch(), 'EFI/BOOT/BOOTX64.EFI'), readFileSync(path))
    const drive = `if=none,id=volume,format=raw,readonly=on,file=fat:${scratch()}`
    const disk = ['-drive', drive, '-device', 'virtio-blk-pci,drive=volume,bootindex=0']
    const firmware = firmwareArguments('ovmf', scratch())
    const screen = ['-device', 'VGA,xres=800,yres=600']
    const running = await start(['-M', 'q35', '-cpu', 'max', '-m', '128', ...firmware, ...disk, ...screen])
    const shown = await untilShown(() => screenText(running), 'past')
    const full = [...lines, 'Grüße ?, red', 'a       tab, past, the end', '']
    expect(shown).to.deep.equal(full.slice(-shown.length))
    expect(shown).to.have.length(37) // 600 pixels
  })

  async function start(args: readonly string[]): Promise<Machine> {
    machine = await startMachine(args, join(mkdtempSync(join(scratch(), 'monitor-')), 'socket'), 'none')
    return machine
  }

  async function untilShown(look: () => Promise<string[]>, what: string): Promise<string[]> {
    let shown: string[] = []
    for (const end = performance.now() + 40_000; performance.now() < end; await pause(200)) {
      shown = await look()
      if (shown.some((line) => line.includes(what))) break
    }
    return shown
  }

  /** 80 by 25 cells, of which each second byte is a colour. */
  async function textMemory({ monitor }: Machine): Promise<string[]> {
    const dump = join(scratch(), 'text')
    await monitor(`pmemsave 0xb8000 4000 "${dump}"`)
    const characters = Buffer.from(readFileSync(dump).filter((_, i) => i % 2 === 0)).toString('latin1')
    return Array.from({ length: 25 }, (_, row) => characters.slice(row * 80, row * 80 + 80).trimEnd())
  }

  async function screenText({ monitor }: Machine): Promise<string[]> {
    const dump = join(scratch(), 'screen.ppm')
    await monitor(`screendump "${dump}"`)
    return readPixels(readFileSync(dump))
  }
})

const [width, height] = [8, 16]

/** Reads a picture (portable pixmap) of text in the font's own glyphs; what is none of them is a '#'. */
function readPixels(picture: Buffer): string[] {
  const header = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(picture.toString('latin1', 0, 64))
  const [columns, rows] = [Number(header?.[1]), Number(header?.[2])]
  const start = header?.[0].length ?? 0
  const isLit = (x: number, y: number) => (picture[start + 3 * (y * columns + x)] ?? 0) > 0
  const known = glyphs()
  const cell = (row: number, column: number): string => {
    const bits = Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => Number(isLit(column * width + x, row * height + y))).join(''),
    )
    return known.get(bits.join()) ?? '#'
  }
  return Array.from({ length: Math.floor(rows / height) }, (_, row) =>
    Array.from({ length: Math.floor(columns / width) }, (_, column) => cell(row, column))
      .join('')
      .trimEnd(),
  )
}

/** Characters by their pixels, from the font's source. The first of those that look alike is the plainest. */
function glyphs(): Map<string, string> {
  const font = readFileSync(join(packageRoot, '.cache/third-party/spleen/spleen-8x16.bdf'), 'utf8')
  const known = new Map<string, string>()
  for (const [, code, hex] of font.matchAll(/^ENCODING (\d+)\n[\s\S]*?^BITMAP\n([\s\S]*?)^ENDCHAR/gm)) {
    const bits = (hex ?? '')
      .trim()
      .split('\n')
      .map((line) => Number.parseInt(line, 16).toString(2).padStart(width, '0'))
      .join()
    if (Number(code) < 256 && !known.has(bits)) known.set(bits, String.fromCodePoint(Number(code)))
  }
  return known
}
