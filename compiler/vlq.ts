const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Value of each Base64 digit by its character code; 255 for any other character. */
const digitValue = new Uint8Array(128).fill(255)
for (let value = 0; value < digits.length; value++) digitValue[digits.charCodeAt(value)] = value

/** Reads the Base64 VLQ numbers of a source map one by one (ECMA-426, 3). Mutable: `at` is the reader's position. */
export interface VlqReader {
  readonly text: string
  at: number
}

/** The next number. Each digit carries five bits, lowest first, and a continuation bit; bit 0 of the whole is the sign. */
export function readVlq(reader: VlqReader): number {
  let bits = 0
  for (let shift = 0; ; shift += 5) {
    const digit = digitValue[reader.text.charCodeAt(reader.at++)] ?? 255
    if (digit === 255 || shift > 30)
      throw new Error(`not a source map: bad number at offset ${reader.at - 1}`)
    bits |= (digit & 31) << shift
    if ((digit & 32) === 0) return (bits & 1) === 1 ? -(bits >>> 1) : bits >>> 1
  }
}
