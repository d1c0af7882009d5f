import { UserError } from '../../base/user-error.js'
import { bytesOf, contentOf } from './content.js'
import { archiveOrder, entryData, type RootfsEntry } from './entry.js'
import { type Pieces, PieceWriter } from './pieces.js'

/**
 * The newc format ("SVR4 with no CRC", Linux Documentation/driver-api/early-userspace/buffer-format.rst): for each entry a
 * header of ASCII hex fields, the name with its NUL, the data, each filled up to a multiple of 4; an entry named TRAILER!!!
 * ends the archive.
 *
 * The data of each file starts at a multiple of 4,096, so that a kernel can map it where it lies: the name is followed by
 * as many NULs as that takes, and its size counts them. Readers take a name up to its first NUL.
 */
const magic = '070701'
const fields = [
  'ino',
  'mode',
  'uid',
  'gid',
  'nlink',
  'mtime',
  'filesize',
  'devmajor',
  'devminor',
  'rdevmajor',
  'rdevminor',
  'namesize',
  'check',
] as const
type Header = Readonly<Record<(typeof fields)[number], number>>

const headerSize = magic.length + fields.length * 8
const trailer = 'TRAILER!!!'
const dataAlignment = 4096
/** Linux skips an entry with a longer name, its NULs included (PATH_MAX). */
const maximumNameSize = 4096

/** File type bits of a mode (inode(7)). */
const typeBits = { file: 0o100000, dir: 0o040000, symlink: 0o120000 }

/** One archive of the whole tree: entries in order of path, owner root, times 0. */
export function writeCpio(entries: readonly RootfsEntry[]): Uint8Array {
  return bytesOf(contentOf(cpioPieces(entries)))
}

/** The same with large files by reference. */
export function cpioPieces(entries: readonly RootfsEntry[]): Pieces<Uint8Array> {
  const out = new PieceWriter<Uint8Array>()
  let ino = 0
  const write = (name: string, namesize: number, header: Partial<Header>, data: Uint8Array): void =>
    writeEntry(out, { name, namesize, data, header: { ino: ++ino, nlink: 1, ...header } })
  const writeFolder = (path: string, mode: number): void =>
    write(path, byteLength(path) + 1, { mode: typeBits.dir | mode, nlink: 2 }, new Uint8Array())

  for (const entry of archiveOrder(entries)) {
    const { path, type, mode } = entry
    const data = entryData(entry)
    if (type === 'dir') {
      writeFolder(path, mode)
      continue
    }
    let namesize = byteLength(path) + 1
    if (type === 'file' && data.length > 0) {
      // The root folder again, which readers make or have, moves on an entry whose name would become too long.
      while (alignedNameSize(out.length, path) > maximumNameSize) writeFolder('.', 0o755)
      namesize = alignedNameSize(out.length, path)
    }
    write(path, namesize, { mode: typeBits[type] | mode }, data)
  }
  write(trailer, trailer.length + 1, {}, new Uint8Array())
  out.align(512)
  return out.finish()
}

/** These entries and no others, in this order, named `./path`, without filling up: the payload of an RPM package. */
export function packageCpioPieces(entries: readonly RootfsEntry[], mtime: number): Pieces<Uint8Array> {
  const out = new PieceWriter<Uint8Array>()
  for (const [index, entry] of entries.entries()) {
    const name = `./${entry.path}`
    const nlink = entry.type === 'dir' ? 2 : 1
    const header = { ino: index + 1, nlink, mtime, mode: typeBits[entry.type] | entry.mode }
    writeEntry(out, { name, namesize: byteLength(name) + 1, header, data: entryData(entry) })
  }
  const end = { name: trailer, namesize: trailer.length + 1, header: { nlink: 1 }, data: new Uint8Array() }
  writeEntry(out, end)
  return out.finish()
}

interface Written {
  readonly name: string
  /** With its NUL, and more of them where that shall move the data on. */
  readonly namesize: number
  readonly header: Partial<Header>
  readonly data: Uint8Array
}

function writeEntry(out: PieceWriter<Uint8Array>, { name, namesize, header, data }: Written): void {
  const filled: Partial<Header> = { ...header, filesize: data.length, namesize }
  out.text(magic + fields.map((field) => hex(filled[field] ?? 0)).join(''))
  const end = out.length + namesize
  out.text(name)
  out.zeros(end - out.length)
  out.align(4)
  out.bytes(data)
  out.align(4)
}

/** Reads any newc archive, ours or another's. */
export function readCpio(archive: Uint8Array): RootfsEntry[] {
  const entries: RootfsEntry[] = []
  let at = 0
  for (;;) {
    const header = readHeader(archive, at)
    const nameAt = at + headerSize
    const dataAt = align(nameAt + header.namesize, 4)
    const end = dataAt + header.filesize
    if (end > archive.length) throw notCpio(at, 'the archive ends in the middle of an entry')
    const path = decode(archive.subarray(nameAt, nameAt + header.namesize)).replace(/\0.*$/s, '')
    if (path === trailer) return entries
    const entry = toEntry(path.replace(/^\.?\/+/, ''), header, archive.subarray(dataAt, end))
    if (entry !== undefined && path !== '.') entries.push(entry)
    at = align(end, 4)
  }
}

function readHeader(archive: Uint8Array, at: number): Header {
  const text = decode(archive.subarray(at, at + headerSize))
  if (!text.startsWith(magic) || text.length < headerSize) throw notCpio(at, 'no header where one must be')
  const values = fields.map((field, index) => {
    const start = magic.length + index * 8
    const value = Number.parseInt(text.slice(start, start + 8), 16)
    if (Number.isNaN(value)) throw notCpio(at, `bad ${field}`)
    return [field, value] as const
  })
  return Object.fromEntries(values) as Header
}

/** Devices and the like are no part of a root file system of ours. */
function toEntry(path: string, header: Header, data: Uint8Array): RootfsEntry | undefined {
  const mode = header.mode & 0o7777
  switch (header.mode & 0o170000) {
    case typeBits.file:
      return { path, type: 'file', mode, data }
    case typeBits.dir:
      return { path, type: 'dir', mode }
    case typeBits.symlink:
      return { path, type: 'symlink', mode, target: decode(data) }
    default:
      return undefined
  }
}

/** Size of the name with the NULs that bring the data, which follows it, to its alignment. */
function alignedNameSize(entryAt: number, path: string): number {
  const nameAt = entryAt + headerSize
  return align(nameAt + byteLength(path) + 1, dataAlignment) - nameAt
}

function notCpio(at: number, why: string): UserError {
  return new UserError(`not a newc cpio archive: ${why}`, { where: `offset ${at}` })
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0')
const align = (offset: number, alignment: number): number => Math.ceil(offset / alignment) * alignment
const byteLength = (text: string): number => new TextEncoder().encode(text).length
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
