import { assertSize, bytes, type Field, struct, text, type ValueOf, viewOf } from '../../base/struct.js'
import { UserError } from '../../base/user-error.js'
import { bytesOf, contentOf } from './content.js'
import { type ArchiveEntry, archiveOrder, type RootfsEntry } from './entry.js'
import { type Pieces, PieceWriter } from './pieces.js'

/** Numbers of a tar header: octal digits, then a NUL. Readers also meet spaces. */
function octal(size: number): Field<number> {
  const digits = text(size)
  return {
    size,
    read: (view, offset) => Number.parseInt(digits.read(view, offset).replace(/[\0 ].*$/s, '') || '0', 8),
    write: (view, offset, value) => digits.write(view, offset, value.toString(8).padStart(size - 1, '0')),
  }
}

/** Header block of the ustar interchange format (POSIX.1-2017, pax utility, "ustar Interchange Format"). */
const header = struct({
  name: text(100),
  mode: octal(8),
  uid: octal(8),
  gid: octal(8),
  size: octal(12),
  mtime: octal(12),
  checksum: text(8, ' '),
  typeflag: text(1),
  linkname: text(100),
  magic: text(6),
  version: text(2),
  uname: text(32),
  gname: text(32),
  devmajor: octal(8),
  devminor: octal(8),
  prefix: text(155),
  rest: bytes(12),
})
const blockSize = 512
assertSize(header, blockSize)

type Header = ValueOf<typeof header>

const typeflags = { file: '0', symlink: '2', dir: '5' } as const
/** Extended header: records that overrule fields of the header after it. */
const paxTypeflag = 'x'
const maximumOctal12 = 8 ** 11 - 1

export interface TarOptions {
  /** Modification time of every entry, in seconds since 1970. Default 0. */
  readonly mtime?: number
  /** Name of user and group 0, for formats that ask for it; default none. */
  readonly owner?: string
  /** `./`: every name starts so, and the root folder stands first. */
  readonly prefix?: './'
  /** Further pax records of an entry. */
  readonly records?: (entry: ArchiveEntry) => Readonly<Record<string, string>>
  /** Without the two zero blocks, for a stream that goes on. */
  readonly unended?: boolean
}

/** The whole tree: entries in order of path, owner root. What ustar cannot say goes into pax records. */
export function writeTar(entries: readonly ArchiveEntry[], options: TarOptions = {}): Uint8Array {
  return bytesOf(contentOf(tarPieces(entries, options)))
}

/** The same with large files by reference. */
export function tarPieces(entries: readonly ArchiveEntry[], options: TarOptions = {}): Pieces {
  const out = new PieceWriter()
  if (options.prefix !== undefined)
    writeHeader(out, { name: './', typeflag: typeflags.dir, mode: 0o755, size: 0 }, options)
  for (const entry of archiveOrder(entries)) writeEntry(out, entry, options)
  if (options.unended !== true) out.zeros(2 * blockSize)
  return out.finish()
}

function writeEntry(out: PieceWriter, entry: ArchiveEntry, options: TarOptions): void {
  const path = `${options.prefix ?? ''}${entry.path}`
  const name = entry.type === 'dir' ? `${path}/` : path
  const linkname = entry.target ?? ''
  const data = (entry.type === 'file' ? entry.data : undefined) ?? new Uint8Array()
  const records =
    paxRecord('path', name, fits(name)) +
    paxRecord('linkpath', linkname, fits(linkname)) +
    paxRecord('size', String(data.length), data.length <= maximumOctal12) +
    Object.entries(options.records?.(entry) ?? {})
      .map(([key, value]) => paxRecord(key, value, false))
      .join('')
  if (records !== '') {
    const body = new TextEncoder().encode(records)
    writeHeader(out, { name: 'pax', typeflag: paxTypeflag, mode: 0o644, size: body.length }, options)
    out.bytes(body)
    out.align(blockSize)
  }
  const header = {
    name: fits(name) ? name : shortened(name),
    linkname: fits(linkname) ? linkname : shortened(linkname),
    typeflag: typeflags[entry.type],
    mode: entry.mode,
    size: Math.min(data.length, maximumOctal12),
  }
  writeHeader(out, header, options)
  out.bytes(data)
  out.align(blockSize)
}

/** The header of a file of that size, for archives that are put together elsewhere; the name is short and of ASCII. */
export function tarFileHeader(name: string, size: number, options: TarOptions): Uint8Array {
  if (!fits(name) || size > maximumOctal12) throw new Error(`${name} does not fit a header of tar`)
  return encodeHeader({ name, typeflag: typeflags.file, mode: 0o644, size }, options)
}

/** Of a header block: the file's name and size; undefined at the end mark. */
export function readTarFileHeader(block: Uint8Array, at: number): { name: string; size: number } | undefined {
  if (block.every((byte) => byte === 0)) return undefined
  const value = header.read(viewOf(block), 0)
  if (Number.parseInt(value.checksum, 8) !== checksum(block)) throw notTar(at, 'bad checksum')
  if (value.typeflag !== typeflags.file) throw notTar(at, `${value.name} is no file`)
  return { name: value.name, size: value.size }
}

type GivenHeader = Pick<Header, 'name' | 'typeflag' | 'mode' | 'size'> & { linkname?: string }

function writeHeader(out: PieceWriter, given: GivenHeader, options: TarOptions): void {
  out.bytes(encodeHeader(given, options))
}

function encodeHeader(given: GivenHeader, { mtime = 0, owner = '' }: TarOptions): Uint8Array {
  const value: Header = {
    ...{ mtime, uid: 0, gid: 0, linkname: '', uname: owner, gname: owner, devmajor: 0, devminor: 0 },
    ...{ magic: 'ustar', version: '00', checksum: '', prefix: '', rest: new Uint8Array() },
    ...given,
  }
  const sum = checksum(header.encode(value)).toString(8).padStart(6, '0')
  return header.encode({ ...value, checksum: `${sum}\0` })
}

/** Sum of all bytes, with spaces in place of the checksum itself. */
function checksum(block: Uint8Array): number {
  const { checksum: from } = header.offsets
  return block.reduce((sum, byte, at) => sum + (at >= from && at < from + 8 ? 0x20 : byte), 0)
}

/** Short enough for a header field, and of ASCII: other letters have an encoding only in pax records. */
function fits(name: string): boolean {
  return name.length <= 100 && !/[^\x20-\x7e]/.test(name)
}

/** For readers that know no pax records. */
function shortened(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '_').slice(0, 100)
}

/** "LENGTH KEY=VALUE\n", where the length counts itself. */
function paxRecord(key: string, value: string, needless: boolean): string {
  if (needless) return ''
  const rest = new TextEncoder().encode(` ${key}=${value}\n`).length
  let length = rest + String(rest).length
  length = rest + String(length).length
  return `${length} ${key}=${value}\n`
}

/** Reads files, folders and symbolic links of a ustar archive with or without pax records. */
export function readTar(archive: Uint8Array): RootfsEntry[] {
  const entries: RootfsEntry[] = []
  let pax: Readonly<Record<string, string>> = {}
  for (let at = 0; ; ) {
    if (at + blockSize > archive.length) throw notTar(at, 'it ends without an end mark')
    const block = archive.subarray(at, at + blockSize)
    if (block.every((byte) => byte === 0)) return entries
    const value = header.read(viewOf(block), 0)
    if (Number.parseInt(value.checksum, 8) !== checksum(block)) throw notTar(at, 'bad checksum')
    const size = Number(pax.size ?? value.size)
    const dataAt = at + blockSize
    if (dataAt + size > archive.length) throw notTar(at, 'it ends in the middle of an entry')
    const data = archive.subarray(dataAt, dataAt + size)
    at = dataAt + Math.ceil(size / blockSize) * blockSize
    if (value.typeflag === paxTypeflag) {
      pax = readPax(data)
      continue
    }
    const entry = toEntry(value, pax, data)
    if (entry !== undefined && entry.path !== '') entries.push(entry)
    pax = {}
  }
}

function toEntry(
  { name, prefix, mode, typeflag, linkname }: Header,
  pax: Readonly<Record<string, string>>,
  data: Uint8Array,
): RootfsEntry | undefined {
  const path = (pax.path ?? (prefix === '' ? name : `${prefix}/${name}`)).replace(/^\.?\/+|\/+$/g, '')
  switch (typeflag) {
    case typeflags.file:
    case '': // before POSIX, regular files had a NUL
      return { path, type: 'file', mode, data }
    case typeflags.dir:
      return { path, type: 'dir', mode }
    case typeflags.symlink:
      return { path, type: 'symlink', mode, target: pax.linkpath ?? linkname }
    default:
      return undefined
  }
}

function readPax(data: Uint8Array): Readonly<Record<string, string>> {
  const records: Record<string, string> = {}
  for (let at = 0; at < data.length; ) {
    const length = Number.parseInt(new TextDecoder().decode(data.subarray(at, at + 20)), 10)
    if (!(length > 0)) throw notTar(at, 'bad pax record')
    const record = new TextDecoder().decode(data.subarray(at, at + length - 1))
    const [key = '', ...value] = record.slice(record.indexOf(' ') + 1).split('=')
    records[key] = value.join('=')
    at += length
  }
  return records
}

function notTar(at: number, why: string): UserError {
  return new UserError(`not a tar archive: ${why}`, { where: `offset ${at}` })
}
