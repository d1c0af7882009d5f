import { ByteWriter } from '../../base/byte-writer.js'
import { u16be, u32, viewOf } from '../../base/struct.js'
import { UserError } from '../../base/user-error.js'
import { crc32 } from './crc32.js'

/**
 * The .xz format (xz-file-format 1.1.0): one stream of one block, whose data is stored in LZMA2 chunks as it is. For readers that
 * take nothing but .xz; it is no smaller.
 */
const headMagic = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]
const footMagic = [0x59, 0x5a]
/** Check type CRC-32 (2.1.1.2). */
const streamFlags = [0x00, 0x01]
/** Size in words less one, no optional fields, filter LZMA2 with one property, a dictionary of 64 KiB, filling up (3.1). */
const blockHeader = [0x02, 0x00, 0x21, 0x01, 0x08, 0x00, 0x00, 0x00]
/** LZMA2's control bytes: the end, and data as it is, first with a new dictionary. */
const chunk = { end: 0x00, first: 0x01, next: 0x02 }
const maximumChunk = 1 << 16

export function writeXz(data: Uint8Array): Uint8Array {
  const out = new ByteWriter(data.length + 4096)
  put(out, headMagic)
  checked(out, streamFlags)
  const blockAt = out.length
  checked(out, blockHeader)
  for (let at = 0; at < data.length; at += maximumChunk) {
    const part = data.subarray(at, at + maximumChunk)
    put(out, [at === 0 ? chunk.first : chunk.next])
    out.append(u16be, part.length - 1)
    out.bytes(part)
  }
  put(out, [chunk.end])
  const unpadded = out.length - blockAt + 4 // with its check
  out.align(4)
  out.append(u32, crc32(data))
  const index = padded([0, 1, ...number(unpadded), ...number(data.length)])
  checked(out, index)
  const backward = new Uint8Array(6)
  u32.write(viewOf(backward), 0, (index.length + 4) / 4 - 1)
  backward.set(streamFlags, 4)
  out.append(u32, crc32(backward))
  out.bytes(backward)
  put(out, footMagic)
  return out.finish()
}

/** Reads what `writeXz` writes: one block, stored. */
export function readXz(file: Uint8Array): Uint8Array {
  const start = headMagic.length + streamFlags.length + 4
  const expected = [...headMagic, ...streamFlags]
  if (expected.some((byte, at) => file[at] !== byte)) throw new UserError('not an .xz file with CRC-32')
  const dataAt = start + blockHeader.length + 4
  if (blockHeader.some((byte, at) => file[start + at] !== byte) || file.length < dataAt)
    throw new UserError('an .xz file of another kind: its block is not stored')
  const parts = new ByteWriter(file.length)
  let at = dataAt
  for (;;) {
    const control = file[at++]
    if (control === chunk.end) break
    if (control !== chunk.first && control !== chunk.next)
      throw new UserError('an .xz file that is compressed, or damaged', { where: `offset ${at - 1}` })
    const size = (((file[at] ?? 0) << 8) | (file[at + 1] ?? 0)) + 1
    at += 2
    if (at + size > file.length) throw new UserError('the .xz file ends in the middle of its data')
    parts.bytes(file.subarray(at, at + size))
    at += size
  }
  const data = parts.finish()
  const checkAt = at + ((4 - ((at - start) % 4)) % 4)
  if (checkAt + 4 > file.length || u32.read(viewOf(file), checkAt) !== crc32(data))
    throw new UserError('the .xz file is damaged: its CRC-32 differs')
  return data
}

function checked(out: ByteWriter, bytes: readonly number[]): void {
  put(out, bytes)
  out.append(u32, crc32(Uint8Array.from(bytes)))
}

function put(out: ByteWriter, bytes: readonly number[]): void {
  out.bytes(Uint8Array.from(bytes))
}

function padded(bytes: readonly number[]): number[] {
  return [...bytes, ...Array.from({ length: (4 - (bytes.length % 4)) % 4 }, () => 0)]
}

/** Multibyte integer (1.2): seven bits a byte, the lowest first. */
function number(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...number(Math.floor(value / 0x80))]
}
