import { expect } from 'chai'
import { UserError } from '../../../base/user-error.js'
import { makeSection } from '../../../linker/input-sections.js'
import { readObject } from '../../../linker/object-reader.js'
import { type SectionDescription, writeObject } from '../../../linker/object-writer.js'

const contents = Uint8Array.of(1, 2, 3, 4)

function object(...sections: readonly Partial<SectionDescription>[]): Uint8Array {
  return writeObject({
    sections: sections.map((section, i) => ({ name: `.data.${i}`, contents, ...section })),
    symbols: [],
  })
}

const read = (bytes: Uint8Array) => readObject({ name: 'test.o', bytes }, 0)

describe('readObject', () => {
  it('makes no section until one is asked for', () => {
    const file = read(object({}, {}))
    expect(file.sections.filter((section) => section !== undefined)).to.deep.equal([])
    const section = makeSection(file, 2)
    expect(section).to.include({ name: '.data.1', size: 4, relocationCount: 0 })
    expect([...(section?.contents ?? [])]).to.deep.equal([1, 2, 3, 4])
  })

  it('notes what is linked although nobody refers to it, and what is bounded by symbols', () => {
    const file = read(
      object({}, { retain: true }, { name: '.init' }, { name: 'drivers' }, { name: '.initial' }),
    )
    expect(file.kept).to.deep.equal([2, 3])
    expect(file.identifiers).to.deep.equal([4])
  })

  it('never links unwind tables', () => {
    const file = read(object({ name: '.eh_frame' }, { name: '.eh_frame_too' }))
    expect(makeSection(file, 1)).to.equal(undefined)
    expect(makeSection(file, 2)?.name).to.equal('.eh_frame_too')
  })

  it('reads objects at any place: members of archives lie on even ones', () => {
    const bytes = object({}, {})
    for (const offset of [0, 2, 4, 6]) {
      const moved = new Uint8Array(offset + bytes.length)
      moved.set(bytes, offset)
      const file = read(moved.subarray(offset))
      expect([...(makeSection(file, 1)?.contents ?? [])]).to.deep.equal([1, 2, 3, 4])
    }
  })

  it('minds damage only in what is linked', () => {
    const bytes = object({}, {})
    const headers = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(40, true))
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(headers + 64 + 32, 1e6, true) // sh_size of the first
    const file = read(bytes)
    expect(makeSection(file, 2)?.size).to.equal(4)
    expect(() => makeSection(file, 1)).to.throw(
      UserError,
      'test.o cannot be linked: it is truncated: section 1 ends beyond the file',
    )
  })
})
