import { expect } from 'chai'
import { SHF, SHT } from '../../../linker/elf/section.js'
import { linkerFile, newSection } from '../../../linker/make.js'
import type { InputSection, Link } from '../../../linker/model.js'
import { mergeStrings } from '../../../linker/passes/merge-strings.js'
import { cutIntoPieces, pieceAt } from '../../../linker/pieces.js'

/** A mergeable section with the given bytes, all of them live. */
function section(contents: string, fields: Partial<InputSection> = {}): InputSection {
  const bytes = Buffer.from(contents, 'latin1')
  const flags = SHF.ALLOC | SHF.MERGE | SHF.STRINGS
  const made = newSection(linkerFile, {
    name: '.rodata.str1.1',
    type: SHT.PROGBITS,
    flags,
    align: 1,
    entrySize: 1,
    size: bytes.length,
    contents: bytes,
    ...fields,
  })
  made.pieces = cutIntoPieces(made)
  made.pieces?.live.fill(1)
  return made
}

function merge(...sections: InputSection[]): InputSection[] {
  return mergeStrings({ sections } as unknown as Link)
}

const text = (pool: InputSection | undefined) => Buffer.from(pool?.contents ?? []).toString('latin1')
const targets = (of: InputSection) => [...(of.pieces?.targets ?? [])]

describe('mergeStrings', () => {
  it('keeps each string once, in order of appearance', () => {
    const a = section('one\0two\0')
    const b = section('two\0three\0one\0')
    const [pool] = merge(a, b)
    expect(text(pool)).to.equal('one\0two\0three\0')
    expect(targets(a)).to.deep.equal([0, 4])
    expect(targets(b)).to.deep.equal([4, 8, 0])
  })

  it('puts a string into the tail of a longer one, whichever comes first', () => {
    const a = section('tail\0l\0long tail\0')
    const [pool] = merge(a)
    expect(text(pool)).to.equal('long tail\0')
    expect(targets(a)).to.deep.equal([5, 8, 0])
  })

  it('leaves out strings that nobody refers to', () => {
    const a = section('used\0unused\0')
    a.pieces?.live.set([1, 0])
    expect(text(merge(a)[0])).to.equal('used\0')
  })

  it('keeps the alignment of each string', () => {
    const a = section('abc\0\0\0\0\0defghijk\0', { align: 8 })
    a.pieces?.live.set([1, 0, 0, 0, 0, 1])
    const [pool] = merge(a)
    expect(text(pool)).to.equal('abc\0\0\0\0\0defghijk\0')
    expect(targets(a).filter((_, i) => a.pieces?.live[i])).to.deep.equal([0, 8])
  })

  it('does not mix kinds', () => {
    const strings = section('ab\0')
    const constants = section('ab\0\0ab\0\0', {
      name: '.rodata.cst4',
      flags: SHF.ALLOC | SHF.MERGE,
      align: 4,
      entrySize: 4,
    })
    const boot = section('ab\0', { name: '.boot.rodata' })
    expect(merge(strings, constants, boot).map((pool) => [pool.name, text(pool)])).to.deep.equal([
      ['.rodata', 'ab\0'],
      ['.rodata', 'ab\0\0'],
      ['.boot.rodata', 'ab\0'],
    ])
  })
})

describe('cutIntoPieces', () => {
  it('ends wide strings at whole characters only', () => {
    const wide = section('\x01\0\0\0\0\x02\0\0\0\0\0\0\x03\0\0\0\0\0\0\0', { entrySize: 4, align: 4 })
    expect([...(wide.pieces?.starts ?? [])]).to.deep.equal([0, 12, 20])
    const half = section('a\0\0b\0\0c\0\0\0', { entrySize: 2, align: 2 })
    expect([...(half.pieces?.starts ?? [])]).to.deep.equal([0, 6, 10])
  })

  it('leaves alone what is not cut cleanly', () => {
    expect(section('no end').pieces).to.equal(undefined)
    expect(section('abc', { entrySize: 2 }).pieces).to.equal(undefined)
    expect(section('abc\0', { flags: SHF.ALLOC | SHF.MERGE | SHF.STRINGS | SHF.WRITE }).pieces).to.equal(
      undefined,
    )
    expect(section('abc\0', { name: 'my_set' }).pieces).to.equal(undefined)
    expect(section('abc\0', { relocationCount: 1 }).pieces).to.equal(undefined)
  })

  it('finds the piece of any offset', () => {
    const { pieces } = section('one\0\0three\0')
    if (pieces === undefined) throw new Error('was not cut')
    expect([0, 3, 4, 5, 9, 10, 11].map((offset) => pieceAt(pieces, offset))).to.deep.equal([
      0, 0, 1, 2, 2, 2, 2,
    ])
  })
})
