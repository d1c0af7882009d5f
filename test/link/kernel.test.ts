import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run, tryRun } from '../../base/run.js'
import type { Image, LinkInput } from '../../linker/image.js'
import { link } from '../../linker/link.js'
import { describeObject } from '../../linker/object-writer.js'
import { unpackRelr } from '../../linker/relr.js'
import { scratchFolder } from '../helpers/scratch.js'
import { compile, expectClean, input } from './toolchain.js'

const source = readFileSync(join(packageRoot, 'test/link/fixtures/kernel.S'), 'utf8')
const rootfs = new Uint8Array(3 * 4096 + 5).fill('A'.charCodeAt(0))

describe('kernel', () => {
  const folder = scratchFolder()
  let inputs: LinkInput[] = []
  before(async () => {
    const payload = describeObject('rootfs.o', {
      sections: [{ name: '.rootfs', contents: rootfs, align: 4096 }],
      symbols: [{ name: 'rootfs_start', section: '.rootfs' }],
    })
    inputs = [payload, input(await compile(folder(), 'kernel.S', source))]
  })

  function linkAt(base: bigint): Image {
    return link(inputs, { output: 'kernel', base, roots: ['touch', 'more'] })
  }

  it('boots under a PVH loader', async () => {
    const path = join(folder(), 'kernel')
    writeFileSync(path, linkAt(0x200000n).bytes)
    await expectClean(path)
    const machine = [
      '-M',
      'microvm',
      '-nodefaults',
      '-display',
      'none',
      '-no-reboot',
      '-serial',
      'stdio',
      '-m',
      '32M',
    ]
    const exit = ['-device', 'isa-debug-exit,iobase=0xf4,iosize=4']
    const result = await tryRun('qemu-system-x86_64', [...machine, ...exit, '-kernel', path], {
      timeout: 20_000,
    })
    expect(result.stdout).to.equal('kernel says hello\n')
    // isa-debug-exit ends QEMU with twice the value, plus one.
    expect(result.exitCode).to.equal(2 * (21 + 65) + 1)
  })

  it('moved by its own table is what it would be, linked elsewhere', () => {
    const slide = 0x40_0000n
    const low = linkAt(0x20_0000n)
    const high = linkAt(0x20_0000n + slide)
    const bytes = Buffer.from(low.bytes)
    for (const address of relocatedWords(low)) {
      const at = offsetOf(low, BigInt(address))
      bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) + slide, at)
    }
    const skipped = ['.relr', '.note.Xen', '.note.gnu.build-id', '.boot.text']
    for (const { name, offset, size } of low.sections) {
      if (skipped.includes(name) || name === '.bss') continue
      expect(
        bytes.subarray(offset, offset + size).equals(high.bytes.subarray(offset, offset + size)),
        name,
      ).to.equal(true)
    }
  })

  it('lists each word that moves, and no absolute value, note or boot code', () => {
    const image = linkAt(0x200000n)
    const more = symbol(image, 'more')
    const words = relocatedWords(image).map(BigInt)
    expect(words).to.include.members([more + 16n, more + 24n, more + 32n])
    expect(words)
      .not.to.include(more)
      .and.not.to.include(more + 8n)
    // value's pointer, three of `more`, one of .rodata, one driver, one GOT slot.
    expect(words).to.have.length(7)
  })

  it('has W^X segments on pages of their own, and the file from the second page on is what memory holds', async () => {
    const path = join(folder(), 'kernel')
    const image = linkAt(0x200000n)
    writeFileSync(path, image.bytes)
    const { stdout } = await run('readelf', ['-lW', path])
    const loads = [...stdout.matchAll(/LOAD +0x(\w+) 0x(\w+) 0x(\w+) 0x(\w+) 0x(\w+) (...)/g)]
    expect(loads.map((load) => load[6])).to.deep.equal(['R E', 'R  ', 'R  ', 'RW '])
    for (const [, offset = '', address, physical] of loads) {
      expect(physical).to.equal(address)
      expect(Number.parseInt(offset, 16) - 4096).to.equal(Number.parseInt(address ?? '', 16) - 0x200000)
    }
    expect(Number.parseInt(loads[2]?.[4] ?? '', 16)).to.equal(rootfs.length)
    const payload = offsetOf(image, symbol(image, 'rootfs_start'))
    expect(Buffer.compare(image.bytes.subarray(payload, payload + rootfs.length), rootfs)).to.equal(0)
  })

  it('gives its own bounds, on pages', async () => {
    const names = ['kernel', 'text', 'rodata', 'data', 'bss'].flatMap((part) => [
      `__${part}_start`,
      `__${part}_end`,
    ])
    const words = names.map((name) => `.quad ${name}`).join('\n')
    const asks = await compile(folder(), 'bounds.S', `.data\n.balign 8\n.globl bounds\nbounds: ${words}\n`)
    const image = link([...inputs, input(asks)], { output: 'kernel', roots: ['bounds'] })
    const at = Object.fromEntries(names.map((name) => [name.slice(2), Number(symbol(image, name))]))
    for (const name of Object.keys(at)) expect((at[name] ?? 1) % 4096, name).to.equal(0)
    const order = ['kernel_start', 'text_end', 'rodata_end', 'data_end', 'bss_end', 'kernel_end'].map(
      (name) => at[name],
    )
    expect(order).to.deep.equal(order.toSorted((a = 0, b = 0) => a - b))
    expect(at.text_start).to.equal(at.kernel_start)
    expect(at.rodata_start).to.equal(at.text_end)
    expect((at.data_start ?? 0) - (at.rodata_end ?? 0)).to.equal(4 * 4096)
    expect(at.bss_start).to.equal(at.data_end)
    expect(at.kernel_end).to.equal(at.bss_end)
  })

  it('refuses 32-bit addresses outside of boot code', async () => {
    const object = await compile(
      folder(),
      'narrow.S',
      '.globl narrow\nnarrow: movl $narrow, %eax\nmovq $narrow, %rax\n',
    )
    expect(() => link([...inputs, input(object)], { output: 'kernel', roots: ['narrow'] })).to.throw(
      /R_X86_64_32 against narrow holds an address in less than 64 bits outside of \.boot sections\n +narrow\.S\.o \(\.text\+0x1\)\n.*R_X86_64_32S/,
    )
  })

  it('refuses boot code that does not reach', async () => {
    const object = await compile(
      folder(),
      'far.S',
      '.section .boot.text, "ax"\n.globl far\nfar: .code16\nmovw $far, %ax\n',
    )
    expect(() => link([...inputs, input(object)], { output: 'kernel', roots: ['far'] })).to.throw(
      /R_X86_64_16 against far: 0x2[0-9a-f]+ does not fit 16 bits/,
    )
  })

  it('refuses a base that 32-bit code cannot run at', () => {
    expect(() => linkAt(0x1_0000_0000n)).to.throw('a kernel cannot be loaded at 0x100000000')
    expect(() => linkAt(0x200001n)).to.throw('a kernel cannot be loaded at 0x200001')
  })
})

function symbol(image: Image, name: string): bigint {
  const found = image.symbols.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`no symbol ${name}`)
  return found.address
}

function offsetOf(image: Image, address: bigint): number {
  const section = image.sections.find(
    ({ address: start, size }) => address >= start && address < start + BigInt(size),
  )
  if (section === undefined) throw new Error(`no section at ${address}`)
  return section.offset + Number(address - section.address)
}

function relocatedWords(image: Image): number[] {
  const table = image.sections.find(({ name }) => name === '.relr')
  if (table === undefined) throw new Error('no .relr')
  const bytes = image.bytes.slice(table.offset, table.offset + table.size)
  return unpackRelr(new Uint32Array(bytes.buffer))
}
