import { ByteWriter } from '../../base/byte-writer.js'
import { type Field, struct, u16be, u32be, viewOf } from '../../base/struct.js'
import { UserError } from '../../base/user-error.js'

/**
 * The header structure of RPM packages (rpm's docs/manual/format.md, "Header"): an index of typed entries, then the store that holds
 * their values. The first entry is a region over all the others; its own value, in the index's form, ends the store.
 */
export type RpmTags = ReadonlyMap<number, RpmValue>

export type RpmValue =
  | { readonly type: 'int16' | 'int32'; readonly values: readonly number[] }
  | { readonly type: 'string' | 'text' | 'strings'; readonly values: readonly string[] }
  | { readonly type: 'binary'; readonly values: Uint8Array }

/** Numbers of the types that packages of today use; `text` may be translated. */
const types = { int16: 3, int32: 4, string: 6, binary: 7, strings: 8, text: 9 } as const
const alignments: Readonly<Record<number, number>> = { 3: 2, 4: 4, 5: 8 }

const intro = struct({ magic: u32be, reserved: u32be, count: u32be, size: u32be })
const magic = 0x8eade801
const index = struct({ tag: u32be, type: u32be, offset: u32be, count: u32be })
/** rpm's own limits. */
const maximumCount = 0xffff
const maximumSize = 1 << 28

export function writeRpmHeader(region: number, tags: RpmTags): Uint8Array {
  const store = new ByteWriter()
  const rows = [...tags].sort(([a], [b]) => a - b).map(([tag, value]) => storeValue(store, tag, value))
  const end = store.length
  const count = rows.length + 1
  store.append(index, { tag: region, type: types.binary, offset: (-16 * count) >>> 0, count: 16 })
  const out = new ByteWriter()
  out.append(intro, { magic, reserved: 0, count, size: store.length })
  out.append(index, { tag: region, type: types.binary, offset: end, count: 16 })
  for (const row of rows) out.append(index, row)
  out.bytes(store.finish())
  return out.finish()
}

function storeValue(store: ByteWriter, tag: number, value: RpmValue) {
  const type = types[value.type]
  const offset = store.align(alignments[type] ?? 1)
  if (value.type === 'binary') store.bytes(value.values)
  else
    for (const each of value.values)
      if (typeof each === 'string') store.cString(each)
      else store.append(value.type === 'int16' ? u16be : u32be, each >>> 0)
  return { tag, type, offset, count: value.values.length }
}

/** The header at `start`, and where it ends. Entries of types that are not used here are left out. */
export function readRpmHeader(file: Uint8Array, start: number): { tags: RpmTags; end: number } {
  if (start + intro.size > file.length) throw notHeader(start, 'the file ends before it')
  const head = intro.decode(file, start)
  if (head.magic !== magic) throw notHeader(start, 'no signature')
  const storeAt = start + intro.size + head.count * index.size
  const end = storeAt + head.size
  if (head.count > maximumCount || head.size > maximumSize || end > file.length)
    throw notHeader(start, 'the file ends in it')
  const store = file.subarray(storeAt, end)
  const tags = new Map<number, RpmValue>()
  for (let row = 0; row < head.count; row++) {
    const { tag, type, offset, count } = index.decode(file, start + intro.size + row * index.size)
    if (offset > store.length || count > store.length) throw notHeader(start, `bad entry for tag ${tag}`)
    const value = readValue(store, type, offset, count)
    if (value !== undefined) tags.set(tag, value)
  }
  return { tags, end }
}

function readValue(store: Uint8Array, type: number, offset: number, count: number): RpmValue | undefined {
  switch (type) {
    case types.int16:
      return { type: 'int16', values: readNumbers(store, u16be, offset, count) }
    case types.int32:
      return { type: 'int32', values: readNumbers(store, u32be, offset, count) }
    case types.binary:
      return { type: 'binary', values: store.slice(offset, offset + count) }
    case types.string:
      return { type: 'string', values: readStrings(store, offset, 1) }
    case types.strings:
      return { type: 'strings', values: readStrings(store, offset, count) }
    case types.text:
      return { type: 'text', values: readStrings(store, offset, count) }
    default:
      return undefined
  }
}

function readNumbers(store: Uint8Array, field: Field<number>, offset: number, count: number): number[] {
  if (offset + count * field.size > store.length) throw notHeader(offset, 'a list of numbers ends behind it')
  const view = viewOf(store)
  return Array.from({ length: count }, (_, at) => field.read(view, offset + at * field.size))
}

function readStrings(store: Uint8Array, offset: number, count: number): string[] {
  const found: string[] = []
  for (let at = offset; found.length < count; ) {
    const end = store.indexOf(0, at)
    if (end < 0) throw notHeader(offset, 'a text has no end')
    found.push(new TextDecoder().decode(store.subarray(at, end)))
    at = end + 1
  }
  return found
}

function notHeader(at: number, why: string): UserError {
  return new UserError(`not a header of an RPM package: ${why}`, { where: `offset ${at}` })
}
