import { expect } from 'chai'
import { UserError } from '../../../base/user-error.js'
import { isArchive, readArchiveIndex, readArchiveMember } from '../../../linker/archive.js'

const MAGIC = '!<arch>\n'

function member(name: string, contents: string): string {
  const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'644'.padEnd(8)}${String(contents.length).padEnd(10)}\`\n`
  return header + contents + (contents.length % 2 === 1 ? '\n' : '')
}

function bigEndian(...words: readonly number[]): string {
  const out = Buffer.alloc(words.length * 4)
  words.forEach((word, i) => {
    out.writeUInt32BE(word, i * 4)
  })
  return out.toString('latin1')
}

function archiveOf(...members: readonly string[]) {
  return { name: 'lib.a', bytes: Buffer.from(MAGIC + members.join(''), 'latin1') }
}

describe('archive', () => {
  const names = 'short.o/\na-name-that-is-too-long.o/\n'
  const index = (...offsets: number[]) => member('/', `${bigEndian(offsets.length, ...offsets)}one\0two\0`)
  const tableSize = index(0, 0).length + member('//', names).length
  const first = MAGIC.length + tableSize
  const second = first + member('short.o/', 'odd').length
  const archive = archiveOf(
    index(first, second),
    member('//', names),
    member('short.o/', 'odd'),
    member('/9', 'contents'),
  )

  it('is told by its first bytes', () => {
    expect(isArchive(archive.bytes)).to.equal(true)
    expect(isArchive(Buffer.from('\x7fELF'))).to.equal(false)
    expect(isArchive(new Uint8Array(0))).to.equal(false)
  })

  it('gives the symbols of its index', () => {
    expect(readArchiveIndex(archive)).to.deep.equal({ names: ['one', 'two'], offsets: [first, second] })
    expect(readArchiveIndex({ name: 'empty.a', bytes: Buffer.from(MAGIC) })).to.deep.equal({
      names: [],
      offsets: [],
    })
  })

  it('gives members by offset, with short and long names', () => {
    const [one, two] = [first, second].map((offset) => readArchiveMember(archive, offset))
    expect(one?.name).to.equal('lib.a(short.o)')
    expect(Buffer.from(one?.bytes ?? []).toString()).to.equal('odd')
    expect(two?.name).to.equal('lib.a(a-name-that-is-too-long.o)')
    expect(Buffer.from(two?.bytes ?? []).toString()).to.equal('contents')
  })

  it('does not copy members', () => {
    expect(readArchiveMember(archive, first).bytes.buffer).to.equal(archive.bytes.buffer)
  })

  it('explains what is damaged', () => {
    const counts = archiveOf(member('/', `${bigEndian(1000, 8)}one\0`))
    expect(() => readArchiveIndex(counts)).to.throw(UserError, 'its symbol index ends too early')
    expect(() => readArchiveIndex(archiveOf(member('/', 'ab')))).to.throw(
      UserError,
      'its symbol index ends too early',
    )
    expect(() => readArchiveMember(archive, first + 2)).to.throw(
      UserError,
      `no archive member starts at offset ${first + 2}`,
    )
    expect(() => readArchiveMember(archive, archive.bytes.length)).to.throw(UserError, 'lib.a is truncated')
    expect(() => readArchiveMember(archiveOf(member('/9', 'x')), 8)).to.throw(
      UserError,
      'no table of long member names',
    )
  })
})
