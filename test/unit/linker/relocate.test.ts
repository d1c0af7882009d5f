import { expect } from 'chai'
import type { Image } from '../../../linker/image.js'
import { link } from '../../../linker/link.js'
import { type ObjectDescription, writeObject } from '../../../linker/object-writer.js'

const BASE = 0x200000

/** Links one boot section, whose addresses are known, with one relocation of 8 zero bytes at its start. */
function bootWord(type: number, addend: number): bigint {
  const object = writeObject({
    sections: [
      {
        name: '.boot.text',
        contents: new Uint8Array(16),
        executable: true,
        relocations: [{ offset: 0, symbol: 'start', type, addend }],
      },
    ],
    symbols: [{ name: 'start', section: '.boot.text' }],
  })
  const image = link([{ name: 'boot.o', bytes: object }], {
    output: 'kernel',
    entry: 'start',
    base: BigInt(BASE),
  })
  return Buffer.from(image.bytes).readBigUInt64LE(0x1000)
}

describe('relocation ranges', () => {
  // Type, name, value that S or S - P adds, lowest and highest value that fit.
  const cases: readonly (readonly [number, string, number, number, number])[] = [
    [10, 'R_X86_64_32', BASE, 0, 2 ** 32 - 1],
    [11, 'R_X86_64_32S', BASE, -(2 ** 31), 2 ** 31 - 1],
    [12, 'R_X86_64_16', BASE, -(2 ** 15), 2 ** 16 - 1],
    [14, 'R_X86_64_8', BASE, -(2 ** 7), 2 ** 8 - 1],
    [2, 'R_X86_64_PC32', 0, -(2 ** 31), 2 ** 31 - 1],
    [13, 'R_X86_64_PC16', 0, -(2 ** 15), 2 ** 15 - 1],
    [15, 'R_X86_64_PC8', 0, -(2 ** 7), 2 ** 7 - 1],
  ]
  for (const [type, name, from, lowest, highest] of cases) {
    const bits = Number(/\d+/.exec(name.replace('X86_64', ''))?.[0])
    it(`${name} holds ${lowest} to ${highest} in ${bits} bits`, () => {
      for (const value of [lowest, highest])
        expect(bootWord(type, value - from)).to.equal(BigInt.asUintN(bits, BigInt(value)))
      for (const value of [lowest - 1, highest + 1])
        expect(() => bootWord(type, value - from)).to.throw(`${name} against start: `)
    })
  }

  it('writes 64 bits as they are', () => {
    expect(bootWord(1, 0)).to.equal(BigInt(BASE))
    expect(bootWord(1, -BASE - 1)).to.equal(0xffff_ffff_ffff_ffffn)
    expect(bootWord(24, 2 ** 40 + 3)).to.equal(2n ** 40n + 3n)
    expect(bootWord(33, 5)).to.equal(5n) // size of the symbol, 0, plus 5
  })
})

describe('relaxation', () => {
  /** The bytes that `code` is turned into, and the address of `target` and of the code. */
  function relax(
    code: readonly number[],
    offset: number,
    type: number,
    target: 'data' | 'weak' | 'tls' = 'data',
  ) {
    const description: ObjectDescription = {
      sections: [
        {
          name: '.text',
          contents: Uint8Array.from(code),
          executable: true,
          relocations: [{ offset, symbol: target, type, addend: -4 }],
        },
        { name: '.data', contents: Uint8Array.of(1, 2, 3, 4), writable: true },
      ],
      symbols: [
        { name: 'start', section: '.text' },
        { name: 'data', section: '.data', offset: 2 },
        { name: 'weak', binding: 'weak' },
        { name: 'tls', binding: 'weak' },
      ],
    }
    const image = link([{ name: 'code.o', bytes: writeObject(description) }], {
      output: 'static-pie',
      entry: 'start',
    })
    const start = addressOf(image, 'start')
    const at = image.sections.find((section) => section.name === '.text')?.offset ?? 0
    const out = [...image.bytes.subarray(at, at + code.length)]
    const field = (i: number) => Buffer.from(out).readInt32LE(i)
    return {
      out,
      field,
      distance: addressOf(image, 'data') - start,
      hasGot: image.sections.some(({ name }) => name === '.got'),
    }
  }

  it('loads an address without the GOT, into any register', () => {
    for (const [rex, modrm] of [
      [0x48, 0x05],
      [0x48, 0x3d],
      [0x4c, 0x25],
      [0x4c, 0x3d],
    ] as const) {
      const { out, field, distance, hasGot } = relax([rex, 0x8b, modrm, 0, 0, 0, 0], 3, 42)
      expect(out.slice(0, 3)).to.deep.equal([rex, 0x8d, modrm])
      expect(field(3)).to.equal(distance - 7)
      expect(hasGot).to.equal(false)
    }
  })

  it('loads 0 for an undefined weak symbol, into any register', () => {
    expect(relax([0x48, 0x8b, 0x0d, 9, 9, 9, 9], 3, 42, 'weak').out).to.deep.equal([
      0x48, 0xc7, 0xc1, 0, 0, 0, 0,
    ])
    expect(relax([0x4c, 0x8b, 0x25, 9, 9, 9, 9], 3, 42, 'weak').out).to.deep.equal([
      0x49, 0xc7, 0xc4, 0, 0, 0, 0,
    ])
    expect(relax([0x8b, 0x0d, 9, 9, 9, 9], 2, 41, 'weak').out).to.deep.equal([0xc7, 0xc1, 0, 0, 0, 0])
  })

  it('calls and jumps directly', () => {
    const call = relax([0xff, 0x15, 0, 0, 0, 0], 2, 41)
    expect(call.out.slice(0, 2)).to.deep.equal([0x67, 0xe8])
    expect(call.field(2)).to.equal(call.distance - 6)
    const jump = relax([0xff, 0x25, 0, 0, 0, 0], 2, 41)
    expect([jump.out[0], jump.out[5]]).to.deep.equal([0xe9, 0x90])
    expect(jump.field(1)).to.equal(jump.distance - 5)
  })

  it('keeps a GOT slot for what cannot be rewritten', () => {
    const compare = [0x48, 0x3b, 0x05, 0, 0, 0, 0] // cmp data@GOTPCREL(%rip), %rax
    const kept = relax(compare, 3, 42)
    expect(kept.out.slice(0, 3)).to.deep.equal(compare.slice(0, 3))
    expect(kept.hasGot).to.equal(true)
    expect(relax([0x48, 0x8b, 0x05, 0, 0, 0, 0], 3, 9).hasGot).to.equal(true) // without the mark, only data may look so
    expect(relax([0xff, 0x15, 0, 0, 0, 0], 2, 41, 'weak').hasGot).to.equal(true)
  })

  it('turns loads of thread-local offsets into constants, r12 included', () => {
    expect(relax([0x48, 0x8b, 0x05, 9, 9, 9, 9], 3, 22, 'tls').out.slice(0, 3)).to.deep.equal([
      0x48, 0xc7, 0xc0,
    ])
    expect(relax([0x4c, 0x8b, 0x25, 9, 9, 9, 9], 3, 22, 'tls').out.slice(0, 3)).to.deep.equal([
      0x49, 0xc7, 0xc4,
    ])
    expect(relax([0x4c, 0x03, 0x25, 9, 9, 9, 9], 3, 22, 'tls').out.slice(0, 3)).to.deep.equal([
      0x49, 0x81, 0xc4,
    ])
  })
})

function addressOf(image: Image, name: string): number {
  return Number(image.symbols.find((symbol) => symbol.name === name)?.address)
}
