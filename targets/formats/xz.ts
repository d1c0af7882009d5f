import { ByteWriter } from '../../base/byte-writer.js'
import { u32, viewOf } from '../../base/struct.js'
import { UserError } from '../../base/user-error.js'
import { type Bytes, type Content, partsOf } from './content.js'
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
const chunkHeaderSize = 3

export function writeXz(data: Bytes): Content {
  const chunks = Math.ceil(data.length / maximumChunk)
  const block = encode(blockHeader).length + data.length + chunks * chunkHeaderSize + 1
  const padding = (4 - (block % 4)) % 4
  const index = padded([0, 1, ...number(block + 4), ...number(data.length)]) // the block with its check
  const footer = [...littleEndian((index.length + 4) / 4 - 1), ...streamFlags]
  const tail = [...encode(index), ...littleEndian(crc32(Uint8Array.from(footer))), ...footer, ...footMagic]
  return {
    length: headMagic.length + encode(streamFlags).length + block + padding + 4 + tail.length,
    *parts() {
      yield Uint8Array.from([...headMagic, ...encode(streamFlags), ...encode(blockHeader)])
      let check = 0
      let control = chunk.first
      for (const part of inChunks(partsOf(data))) {
        yield Uint8Array.of(control, (part.length - 1) >> 8, (part.length - 1) & 0xff)
        yield part
        check = crc32(part, check)
        control = chunk.next
      }
      yield Uint8Array.from([chunk.end, ...Array.from({ length: padding }, () => 0)])
      yield Uint8Array.from([...littleEndian(check), ...tail])
    },
  }
}

/** All but the last as large as a chunk can be, whatever the parts are. */
function* inChunks(parts: Iterable<Uint8Array>): Generator<Uint8Array> {
  let gathered = new Uint8Array(maximumChunk)
  let filled = 0
  for (const part of parts)
    for (let at = 0; at < part.length; ) {
      const taken = part.subarray(at, at + maximumChunk - filled)
      gathered.set(taken, filled)
      filled += taken.length
      at += taken.length
      if (filled < maximumChunk) continue
      yield gathered
      gathered = new Uint8Array(maximumChunk)
      filled = 0
    }
  if (filled > 0) yield gathered.subarray(0, filled)
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

/** With their CRC-32. */
function encode(bytes: readonly number[]): number[] {
  return [...bytes, ...littleEndian(crc32(Uint8Array.from(bytes)))]
}

function littleEndian(value: number): number[] {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff)
}

function padded(bytes: readonly number[]): number[] {
  return [...bytes, ...Array.from({ length: (4 - (bytes.length % 4)) % 4 }, () => 0)]
}

/** Multibyte integer (1.2): seven bits a byte, the lowest first. */
function number(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...number(Math.floor(value / 0x80))]
}
