import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot, prebuilt } from '../../base/package-root.js'
import { run } from '../../base/run.js'
import { firmwareArguments } from '../../boot/qemu/firmware.js'
import { bootableWith, runMachine } from '../helpers/bootable.js'
import { bareDrivers, bzImageWith, diskWith } from '../helpers/bzimage.js'
import { linux64Loader } from '../helpers/linux64-loader.js'
import { startMachine } from '../helpers/machine.js'
import { inImage, kernelStacks, parsePageTables, stretches, writableAliases } from '../helpers/page-tables.js'
import { scratchFolder } from '../helpers/scratch.js'

const suites = ['hostile_memory', 'hostile_instructions', 'hostile_frames']

// Whoever starts the kernel: the app gets nowhere, and control registers and page tables say why.
describe('hardening', function () {
  this.timeout(90_000)
  const scratch = scratchFolder()
  const at = (name: string): string => join(scratch(), name)
  before(async () => {
    const { kernel, file } = await bzImageWith({
      folder: scratch(),
      drivers: bareDrivers,
      entries: ['linux_start64', 'efi_start'],
      init: await compileSuites(),
      commandLine: '',
    })
    writeFileSync(at('kernel.elf'), kernel.bytes)
    writeFileSync(at('kernel'), file.bytes)
    writeFileSync(at('disk'), diskWith(file))
    await linux64Loader(scratch(), { kernel, file, target: 0x123_5000n, fill: 0xaa, levels: 4 })
    mkdirSync(at('volume/EFI/BOOT'), { recursive: true })
    writeFileSync(at('volume/EFI/BOOT/BOOTX64.EFI'), file.bytes)
  })

  // One CPU has no SMAP, under which TCG cannot return to another segment; one has nothing but NX.
  const ways = {
    'PVH (microvm)': { args: () => ['-M', 'microvm', '-kernel', at('kernel.elf')], cpu: 'max' },
    'PVH (q35, old CPU)': { args: () => ['-M', 'q35', '-kernel', at('kernel.elf')], cpu: 'qemu64' },
    "Linux's boot protocol, bzImage (pc)": { args: () => ['-M', 'pc', '-kernel', at('kernel')], cpu: 'max' },
    "Linux's boot protocol, 64 bit (microvm)": { args: vmm, cpu: 'max' },
    // The loader leaves an entry for SYSENTER behind, as a system does that starts another.
    "Linux's boot protocol, after another system (pc)": {
      args: () => ['-M', 'pc', '-kernel', at('linux64')],
      cpu: 'max,vendor=GenuineIntel', // AMD's CPUs have none in long mode
    },
    'BIOS (pc)': {
      args: () => ['-M', 'pc', ...drive(at('disk')), '-device', 'ide-hd,drive=d'],
      cpu: 'max,-smap',
    },
    'UEFI (q35)': { args: efi, cpu: 'max' },
  }
  for (const [name, { args, cpu }] of Object.entries(ways))
    it(name, async () => {
      const machine = await startMachine([...args(), '-cpu', cpu, '-m', '128'], at('monitor'))
      try {
        await machine.says('ready', 0)
        expect(machine.text().match(/^OK\r?$/gm)).to.have.length(suites.length)
        const registers = await machine.monitor('info registers')
        expectControlRegisters(registers, cpu)
        const taskState = BigInt(`0x${/^TR =0040 ([0-9a-f]{16})/m.exec(registers)?.[1]}`)
        const [, stackTop] = (await machine.monitor(`x/1xg ${taskState + 36n}`)).split(': 0x') // IST 1
        expectPageTables(await machine.monitor('info tlb'), BigInt(`0x${stackTop?.trim()}`))
      } finally {
        await machine.kill()
      }
    })

  it('every system call number with every bad value at every argument', async () => {
    const init = join(packageRoot, 'test/boot/hostile-numbers.c')
    const folder = mkdtempSync(at('numbers-'))
    const image = await bootableWith({ folder, drivers: bareDrivers, init })
    const { text, status } = await runMachine(
      ['-M', 'microvm', '-cpu', 'max', '-m', '64', '-kernel', image],
      80_000,
    )
    expect(text).to.match(/^OK: 1\d{5} calls, \d+ ended by the clock$/m)
    expect(status).to.equal(0)
  })

  function vmm(): string[] {
    return ['-M', 'microvm,acpi=off', '-kernel', prebuilt('loader/vmm.elf'), '-initrd', at('kernel.elf')]
  }

  function efi(): string[] {
    const firmware = firmwareArguments('ovmf', mkdtempSync(at('firmware-')))
    return [
      '-M',
      'q35',
      ...firmware,
      '-drive',
      `if=none,id=d,format=raw,readonly=on,file=fat:${at('volume')}`,
      '-device',
      'virtio-blk-pci,drive=d,bootindex=0',
    ]
  }

  function drive(file: string): string[] {
    return ['-drive', `if=none,id=d,format=raw,snapshot=on,file=${file}`]
  }

  /** The programs of test/syscalls as functions of one. */
  async function compileSuites(): Promise<string> {
    const objects: string[] = []
    for (const suite of suites) {
      const source = join(packageRoot, 'test/syscalls', `${suite.replace('_', '-')}.c`)
      objects.push(at(`${suite}.o`))
      await run('gcc', [
        '-std=gnu17',
        '-O1',
        '-Wall',
        `-Dmain=${suite}`,
        '-c',
        source,
        '-o',
        at(`${suite}.o`),
      ])
    }
    const program = at('program')
    const main = join(packageRoot, 'test/boot/hardening.c')
    await run('gcc', ['-O1', '-static', '-pthread', main, ...objects, '-o', program])
    return program
  }
})

const CR0_WP = 1n << 16n
const CR4 = { UMIP: 1n << 11n, FSGSBASE: 1n << 16n, SMEP: 1n << 20n, SMAP: 1n << 21n }
const EFER_NXE = 1n << 11n

function expectControlRegisters(text: string, cpu: string): void {
  const value = (name: string) => BigInt(`0x${new RegExp(`\\b${name}=([0-9a-f]+)`).exec(text)?.[1]}`)
  expect(value('CR0') & CR0_WP, 'WP').to.equal(CR0_WP)
  expect(value('EFER') & EFER_NXE, 'NX').to.equal(EFER_NXE)
  const modern = cpu.startsWith('max')
  const wanted = { ...CR4, FSGSBASE: 0n, ...(modern ? {} : { UMIP: 0n, SMEP: 0n }) }
  if (!modern || cpu.includes('-smap')) wanted.SMAP = 0n
  for (const [name, bit] of Object.entries(CR4))
    expect(value('CR4') & bit, name).to.equal(wanted[name as keyof typeof CR4])
}

function expectPageTables(text: string, trapStackTop: bigint): void {
  const pages = parsePageTables(text)
  expect(pages.length).to.be.greaterThan(300)
  expect(pages.filter((page) => page.writable && page.executable)).to.deep.equal([])
  expect(pages.filter((page) => page.user !== page.virtual < 1n << 47n)).to.deep.equal([])
  expect(pages.filter((page) => page.virtual < 0x10000n && page.virtual >= 0n && !page.user)).to.deep.equal(
    [],
  )
  expect(writableAliases(pages)).to.deep.equal([])

  const executable = pages.filter((page) => page.executable && !page.user)
  expect(executable.every(inImage)).to.equal(true)
  expect(stretches(executable)).to.have.length(1)
  const appFrames = new Set(pages.filter((page) => page.user).map((page) => page.physical))
  expect(executable.filter((page) => appFrames.has(page.physical))).to.deep.equal([])

  // The image has one hole: the guard below the stack of the boot and of traps that nobody survives.
  const [below, above, ...others] = stretches(pages.filter(inImage))
  expect(others).to.deep.equal([])
  expect((above?.start ?? 0n) - (below?.end ?? 0n)).to.equal(4096n)
  expect(trapStackTop - (above?.start ?? 0n)).to.equal(16384n)
  const stacks = kernelStacks(pages)
  expect(stacks.length).to.be.greaterThan(0)
  for (const { start, end } of stacks) expect(end - start).to.equal(16384n)
}
