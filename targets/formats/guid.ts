import { createHash } from 'node:crypto'
import { bytes, type Field } from '../../base/struct.js'
import { type Bytes, partsOf } from './content.js'

/** A GUID as text, upper case: its first three parts are stored little-endian (UEFI 2.10, appendix A). */
export const guid: Field<string> = {
  size: 16,
  read: (view, offset) => textOf(swapped(raw.read(view, offset))),
  write: (view, offset, value) => raw.write(view, offset, swapped(bytesOf(value))),
}

/** The same content always gets the same identifier, other content another one (RFC 9562, 5.8: version 8). */
export function guidFrom(...parts: readonly (string | Bytes)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    hash.update(`${part.length}:`)
    if (typeof part === 'string') hash.update(part)
    else for (const each of partsOf(part)) hash.update(each)
  }
  const value = new Uint8Array(hash.digest().subarray(0, 16))
  value[6] = ((value[6] ?? 0) & 0x0f) | 0x80
  value[8] = ((value[8] ?? 0) & 0x3f) | 0x80
  return textOf(value)
}

const raw = bytes(16)
const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]

function swapped(value: Uint8Array): Uint8Array {
  return Uint8Array.from(order, (at) => value[at] ?? 0)
}

function bytesOf(text: string): Uint8Array {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw new Error(`not a GUID: ${text}`)
  return Buffer.from(text.replaceAll('-', ''), 'hex')
}

function textOf(value: Uint8Array): string {
  const hex = Buffer.from(value).toString('hex').toUpperCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
