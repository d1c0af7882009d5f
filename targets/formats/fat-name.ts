import { array, assertSize, bytes, padding, struct, u8, u16, u32 } from '../../base/struct.js'

/** Directory entries of FAT (Microsoft FAT specification 1.03, sections 6 and 7): 8.3 names, and long names before them. */
export const directoryEntry = struct({
  name: bytes(11),
  attributes: u8,
  lowerCase: u8,
  createdTenths: u8,
  createdTime: u16,
  createdDate: u16,
  accessedDate: u16,
  clusterHigh: u16,
  writtenTime: u16,
  writtenDate: u16,
  clusterLow: u16,
  size: u32,
})
const longEntry = struct({
  order: u8,
  first: array(5, u16),
  attributes: u8,
  type: padding(1),
  checksum: u8,
  second: array(6, u16),
  cluster: padding(2),
  third: array(2, u16),
})
assertSize(directoryEntry, 32)
assertSize(longEntry, directoryEntry.size)

export const attribute = { label: 0x08, folder: 0x10, archive: 0x20, longName: 0x0f }
const lastLong = 0x40
const charactersEach = 13

/** The names of one folder as it stores them: each long name's short one, which no other of the folder has. */
export function shortNames(names: readonly string[]): Map<string, Uint8Array> {
  const taken = new Set<string>()
  const out = new Map<string, Uint8Array>()
  const take = (name: string, short: string) => {
    taken.add(short)
    out.set(name, Buffer.from(short, 'latin1'))
  }
  for (const name of names) if (isShort(name)) take(name, padded(name))
  for (const name of names) {
    if (out.has(name)) continue
    for (let tail = 1; !out.has(name); tail++) {
      const candidate = padded(withTail(name, tail))
      if (!taken.has(candidate)) take(name, candidate)
    }
  }
  return out
}

/** The entries that hold a long name, in the order in which they precede the short one; none when the short one says it all. */
export function longEntries(name: string, short: Uint8Array): Uint8Array[] {
  if (isShort(name)) return []
  const units = Array.from({ length: name.length }, (_, at) => name.charCodeAt(at))
  const count = Math.ceil(units.length / charactersEach)
  const filled = [...units, 0, ...new Array<number>(charactersEach).fill(0xffff)]
  return Array.from({ length: count }, (_, index) => {
    const at = index * charactersEach
    return longEntry.encode({
      order: (index + 1) | (index + 1 === count ? lastLong : 0),
      first: filled.slice(at, at + 5),
      attributes: attribute.longName,
      checksum: checksum(short),
      second: filled.slice(at + 5, at + 11),
      third: filled.slice(at + 11, at + 13),
    })
  }).reverse()
}

/** Puts a name together while a folder is read entry by entry. */
export function createNameReader() {
  let units: number[] = []
  let expected = 0
  let sum = 0
  return {
    /** One entry of a long name; anything out of order starts anew. */
    long(raw: Uint8Array): void {
      const { order, checksum: of, first, second, third } = longEntry.decode(raw)
      const index = order & ~lastLong
      if (order & lastLong) {
        units = []
        expected = index
        sum = of
      }
      if (index === 0 || index !== expected || of !== sum) expected = 0
      else {
        expected--
        units = [...first, ...second, ...third, ...units]
      }
    },
    /** The entry that the long name was for: that name if it fits, else the short one. */
    finish(raw: Uint8Array): string {
      const whole = expected === 0 && units.length > 0 && checksum(raw) === sum
      const end = units.indexOf(0)
      const long = String.fromCharCode(...(end < 0 ? units : units.slice(0, end)))
      units = []
      return whole ? long : shortText(raw)
    },
  }
}

const plainCharacters = /^[A-Z0-9!#$%&'()@^_`{}~-]+$/

function isShort(name: string): boolean {
  const [base = '', extension, ...more] = name.split('.')
  const fits = (part: string, length: number) => part.length <= length && plainCharacters.test(part)
  return more.length === 0 && fits(base, 8) && (extension === undefined || fits(extension, 3))
}

function withTail(name: string, tail: number): string {
  const plain = (part: string) => part.toUpperCase().replaceAll(/[^A-Z0-9!#$%&'()@^_`{}~-]/g, '_')
  const trimmed = name.replaceAll(/[ ]/g, '').replace(/^\.+/, '')
  const dot = trimmed.lastIndexOf('.')
  const base = plain((dot < 0 ? trimmed : trimmed.slice(0, dot)).replaceAll('.', ''))
  const suffix = `~${tail}`
  const extension = dot < 0 ? '' : plain(trimmed.slice(dot + 1)).slice(0, 3)
  return `${base.slice(0, 8 - suffix.length)}${suffix}.${extension}`
}

function padded(short: string): string {
  const [base = '', extension = ''] = short.split('.')
  return base.padEnd(8) + extension.padEnd(3)
}

function shortText(raw: Uint8Array): string {
  const text = Buffer.from(raw.subarray(0, 11)).toString('latin1')
  const extension = text.slice(8).trimEnd()
  return text.slice(0, 8).trimEnd() + (extension === '' ? '' : `.${extension}`)
}

// Section 7.2: ties the long name to the short one.
function checksum(short: Uint8Array): number {
  let sum = 0
  for (const byte of short.subarray(0, 11)) sum = (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff
  return sum
}
