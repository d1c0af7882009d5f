import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { run, start, tryRun } from '../../base/run.js'
import { runGuest } from '../helpers/boot.js'
import { inImage, type Page, parsePageTables, writableAliases } from '../helpers/page-tables.js'
import { scratchFolder } from '../helpers/scratch.js'

const MACHINE = [
  '-M',
  'microvm,x-option-roms=off,isa-serial=on,rtc=on',
  '-accel',
  'tcg',
  '-nodefaults',
  '-no-user-config',
]
const QUIET = ['-display', 'none', '-no-reboot']

/** Programs that are busybox but for some bytes. */
const broken: readonly [name: string, offset: number, bytes: readonly number[], why: RegExp][] = [
  ['for another machine', 18, [40, 0], /not for x86_64/],
  ['without program headers', 56, [0, 0], /no program headers/],
  ['whose program headers lie beyond its end', 32, [0, 0, 0, 0x7f], /cut short/],
  ['that is no ELF file', 0, [0x4d, 0x5a], /not an ELF file/],
]

describe('memory', function () {
  this.timeout(60_000)
  const scratch = scratchFolder()
  const busybox = (): string => join(scratch(), 'dist', 'qemu', 'busybox.elf')

  before(async () => {
    mkdirSync(join(scratch(), 'root/bin'), { recursive: true })
    copyFileSync('/bin/busybox', join(scratch(), 'root/bin/busybox'))
    for (const [, offset, bytes] of broken) {
      const program = readFileSync('/bin/busybox')
      program.set(bytes, offset)
      writeFileSync(join(scratch(), `root/bin/broken-${offset}`), program, { mode: 0o755 })
    }
    const rootfs = { folder: join(scratch(), 'root'), init: '/bin/busybox' }
    await runGuest({ rootfs, output: join(scratch(), 'dist'), args: ['true'] })
  })

  for (const cpu of ['max', 'qemu64'])
    it(`page tables on ${cpu}: nothing is writable and executable, kernel and app see their own half only`, async () => {
      const pages = await readPageTables(cpu)
      expect(pages.length).to.be.greaterThan(300)
      expect(pages.filter((page) => page.writable && page.executable)).to.deep.equal([])
      expect(pages.filter((page) => page.user !== page.virtual < 1n << 47n)).to.deep.equal([])
      expect(pages.some((page) => page.user && page.executable)).to.equal(true)

      const image = pages.filter(inImage)
      expect(image.filter((page) => page.executable).length).to.be.greaterThan(20)
      expect(image.filter((page) => !page.writable).length).to.be.greaterThan(100)
      expect(writableAliases(pages)).to.deep.equal([])
    })

  it('kernel, direct map, program, stack and mappings lie elsewhere in every boot', async () => {
    const [one, other] = [await readPageTables('max'), await readPageTables('max')]
    const places = (pages: readonly Page[]): bigint[] => [
      pages.find(inImage)?.virtual ?? 0n,
      pages.find((page) => page.virtual >= 1n << 63n)?.virtual ?? 0n,
      pages.findLast((page) => page.user)?.virtual ?? 0n,
      pages.findLast((page) => page.user && page.executable)?.virtual ?? 0n,
    ]
    const again = places(other)
    for (const [index, place] of places(one).entries()) expect(place).not.to.equal(again[index])
  })

  it('kernel entry to ring 3 takes at most 0.8 M instructions', async () => {
    const { stdout } = await boot(busybox(), { append: 'trace=boot -- true', icount: true })
    const reached = /mark=app,(\d+)/.exec(stdout)?.[1]
    expect(reached, stdout).not.to.equal(undefined)
    expect(Number(reached)).to.be.at.most(800_000)
  })

  it('a machine too small for the image is told how much it needs', async () => {
    const { stdout } = await boot(busybox(), { memory: 4, append: '-- true' })
    expect(stdout).to.match(/^unik: too little memory: this image needs at least \d+ MiB/m)
    expect(stdout).to.include('unik;exit=134')
  })

  it('an app that takes all memory is ended and the console says why', async () => {
    const source = join(scratch(), 'eat.c')
    writeFileSync(source, EAT_ALL_MEMORY)
    const { text, report } = await runProgram('eat', source)
    expect(text).to.match(/^unik: out of memory: \d+ of \d+ KiB free/m)
    expect(report.status).to.equal(123)
  })

  for (const [name, offset, , why] of broken)
    it(`a program ${name} is refused with its reason`, async () => {
      const { stdout } = await boot(busybox(), { append: `init=/bin/broken-${offset}` })
      expect(stdout).to.match(why)
      expect(stdout).to.include('unik;exit=126')
    })

  async function runProgram(name: string, source: string) {
    const folder = join(scratch(), name)
    mkdirSync(folder, { recursive: true })
    await run('gcc', ['-O1', '-static', source, '-o', join(folder, 'init')])
    return runGuest({ rootfs: { folder, init: '/init' }, output: join(folder, 'dist'), memory: 16 })
  }

  async function readPageTables(cpu: string): Promise<Page[]> {
    const serial = join(scratch(), 'serial')
    writeFileSync(serial, '')
    const console = ['-serial', `file:${serial}`, '-monitor', 'stdio']
    const append = ['-append', '-- sh -c "echo ready; read x"']
    const args = [...MACHINE, ...QUIET, '-cpu', cpu, '-m', '64', '-kernel', busybox(), ...console, ...append]
    const qemu = await start('qemu-system-x86_64', args)
    let text = ''
    qemu.stdout.on('data', (piece) => {
      text += piece
    })
    try {
      for (const end = Date.now() + 20_000; !readFileSync(serial, 'utf8').includes('ready'); await sleep(20))
        if (Date.now() > end) throw new Error(`no output in 20 s: ${readFileSync(serial, 'utf8')}`)
      qemu.stdin.write('info tlb\nquit\n')
      await qemu.ended
      return parsePageTables(text)
    } finally {
      qemu.kill('SIGKILL')
    }
  }
})

function boot(kernel: string, options: { append: string; memory?: number; icount?: boolean }) {
  const machine = [
    ...MACHINE,
    ...QUIET,
    '-cpu',
    'max',
    '-m',
    String(options.memory ?? 64),
    '-serial',
    'stdio',
  ]
  const counted = options.icount ? ['-icount', 'shift=0'] : []
  const args = [...machine, ...counted, '-kernel', kernel, '-append', options.append]
  return tryRun('qemu-system-x86_64', args, { timeout: 20_000 })
}

const EAT_ALL_MEMORY = `
#include <stdlib.h>
#include <string.h>
int main(void)
{
    for (;;)
        memset(malloc(1 << 20), 1, 1 << 20);
}
`
