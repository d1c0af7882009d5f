import zlib from 'node:zlib'

/**
 * CRC-32 of ISO 3309 (polynomial 0x04c11db7, reflected), as GPT, zip and gzip use it. `before` is that of what precedes the data.
 * Node.js has its own since 20.15, in a tenth of the time.
 */
export const crc32: (data: Uint8Array, before?: number) => number = zlib.crc32 ?? crc32InScript

export function crc32InScript(data: Uint8Array, before = 0): number {
  let crc = ~before
  for (let at = 0; at < data.length; at++)
    crc = (table[(crc ^ (data[at] as number)) & 0xff] as number) ^ (crc >>> 8)
  return ~crc >>> 0
}

const table = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ 0xedb88320
  return value
})
