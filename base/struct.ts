/**
 * Field tables: one description of a binary structure reads it and writes it, so that no offset is typed twice.
 *
 *     export const bootRecord = struct({ code: bytes(446), entries: array(4, partitionEntry), mark: u16 })
 *     assertSize(bootRecord, 512) // PC boot sector
 *
 * Fields follow one another without padding; numbers are little-endian unless the name ends in `be`. Reading beyond the
 * data throws RangeError: a caller that reads foreign input checks the length first, and explains.
 */
export interface Field<T> {
  /** Bytes that the field takes; the same for every value. */
  readonly size: number
  /** Set by `padding`: the field is no part of the structure's value. */
  readonly reserved?: true
  read(view: DataView, offset: number): T
  write(view: DataView, offset: number, value: T): void
}

export interface Struct<T extends object> extends Field<T> {
  /** Where each field starts: for tables too hot to be decoded row by row. */
  readonly offsets: { readonly [K in keyof T]: number }
  decode(source: Uint8Array, offset?: number): T
  encode(value: T): Uint8Array
}

/** The type of the values that a field, or a whole structure, holds. */
export type ValueOf<F> = F extends Field<infer T> ? T : never

type Fields = Readonly<Record<string, Field<unknown> | Field<never>>>
/** Padding has no value, so it is no part of the structure's type. */
type StructValue<F extends Fields> = {
  readonly [K in keyof F as [ValueOf<F[K]>] extends [never] ? never : K]: ValueOf<F[K]>
}

export function struct<F extends Fields>(fields: F): Struct<StructValue<F>> {
  type T = StructValue<F>
  const offsets: Record<string, number> = {}
  const rows: { name: string; field: Field<unknown>; at: number }[] = []
  let size = 0
  for (const [name, field] of Object.entries(fields)) {
    offsets[name] = size
    if (!field.reserved) rows.push({ name, field: field as Field<unknown>, at: size })
    size += field.size
  }
  const read = (view: DataView, offset: number): T => {
    const value: Record<string, unknown> = {}
    for (const { name, field, at } of rows) value[name] = field.read(view, offset + at)
    return value as T
  }
  const write = (view: DataView, offset: number, value: T): void => {
    for (const { name, field, at } of rows) {
      field.write(view, offset + at, (value as Record<string, unknown>)[name])
    }
  }
  const decode = (source: Uint8Array, offset = 0): T => read(viewOf(source), offset)
  const encode = (value: T): Uint8Array => {
    const out = new Uint8Array(size)
    write(viewOf(out), 0, value)
    return out
  }
  return { size, offsets: offsets as Struct<T>['offsets'], read, write, decode, encode }
}

export const u8: Field<number> = {
  size: 1,
  read: (view, offset) => view.getUint8(offset),
  write: (view, offset, value) => view.setUint8(offset, value),
}
export const u16 = number16(true)
export const u16be = number16(false)
export const u32 = number32(true)
export const u32be = number32(false)
/** 64 bits as bigint: virtual addresses, identifiers. */
export const u64 = bigint64(true)
export const u64be = bigint64(false)
/** 64 bits as number: file offsets and sizes. A value above 2^53 throws RangeError. */
export const size64 = count64(true)
export const size64be = count64(false)

export const i32: Field<number> = {
  size: 4,
  read: (view, offset) => view.getInt32(offset, true),
  write: (view, offset, value) => view.setInt32(offset, value, true),
}
export const i64: Field<bigint> = {
  size: 8,
  read: (view, offset) => view.getBigInt64(offset, true),
  write: (view, offset, value) => view.setBigInt64(offset, value, true),
}

/** `count` raw bytes. Reading gives a view of the source, not a copy; a shorter value is filled up with zeros. */
export function bytes(count: number): Field<Uint8Array> {
  return {
    size: count,
    read: (view, offset) => sliceOf(view, offset, count),
    write: (view, offset, value) => {
      if (value.length > count) throw new RangeError(`${value.length} bytes do not fit a field of ${count}`)
      const target = sliceOf(view, offset, count)
      target.set(value)
      target.fill(0, value.length)
    },
  }
}

/** UTF-8 text in `count` bytes, filled up with `fill` (NUL unless told), which reading takes off again. */
export function text(count: number, fill = '\0'): Field<string> {
  const raw = bytes(count)
  const filler = fill.charCodeAt(0)
  return {
    size: count,
    read: (view, offset) => {
      const all = raw.read(view, offset)
      let end = count
      while (end > 0 && all[end - 1] === filler) end--
      return new TextDecoder().decode(all.subarray(0, end))
    },
    write: (view, offset, value) => {
      const encoded = new TextEncoder().encode(value)
      raw.write(view, offset, encoded)
      sliceOf(view, offset, count).fill(filler, encoded.length)
    },
  }
}

export function array<T>(count: number, field: Field<T>): Field<readonly T[]> {
  return {
    size: count * field.size,
    read: (view, offset) =>
      Array.from({ length: count }, (_, i) => field.read(view, offset + i * field.size)),
    write: (view, offset, values) => {
      if (values.length !== count) throw new RangeError(`${values.length} values for an array of ${count}`)
      values.forEach((value, i) => {
        field.write(view, offset + i * field.size, value)
      })
    },
  }
}

/** Reserved bytes: no part of the value, left alone on writing (so zero in fresh memory). */
export function padding(count: number): Field<never> {
  const holdsNothing = (): never => {
    throw new Error('padding holds no value')
  }
  return { size: count, reserved: true, read: holdsNothing, write: holdsNothing }
}

/** For the line below a table: says at load time that the fields add up to the size that the specification gives. */
export function assertSize(table: Field<never> | Field<unknown>, size: number): void {
  if (table.size !== size) throw new Error(`the fields add up to ${table.size} bytes, not ${size}`)
}

export function viewOf(source: Uint8Array): DataView {
  return new DataView(source.buffer, source.byteOffset, source.byteLength)
}

function sliceOf(view: DataView, offset: number, count: number): Uint8Array {
  if (offset + count > view.byteLength) throw new RangeError('field lies beyond the end of the data')
  return new Uint8Array(view.buffer, view.byteOffset + offset, count)
}

function number16(little: boolean): Field<number> {
  return {
    size: 2,
    read: (view, offset) => view.getUint16(offset, little),
    write: (view, offset, value) => view.setUint16(offset, value, little),
  }
}

function number32(little: boolean): Field<number> {
  return {
    size: 4,
    read: (view, offset) => view.getUint32(offset, little),
    write: (view, offset, value) => view.setUint32(offset, value, little),
  }
}

function bigint64(little: boolean): Field<bigint> {
  return {
    size: 8,
    read: (view, offset) => view.getBigUint64(offset, little),
    write: (view, offset, value) => view.setBigUint64(offset, value, little),
  }
}

function count64(little: boolean): Field<number> {
  const [low, high] = little ? [0, 4] : [4, 0]
  return {
    size: 8,
    read: (view, offset) => {
      const value = view.getUint32(offset + high, little) * 2 ** 32 + view.getUint32(offset + low, little)
      return checkedCount(value)
    },
    write: (view, offset, value) => {
      checkedCount(value)
      view.setUint32(offset + high, Math.floor(value / 2 ** 32), little)
      view.setUint32(offset + low, value % 2 ** 32, little)
    },
  }
}

function checkedCount(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no size or file offset`)
  return value
}
