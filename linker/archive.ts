import { viewOf } from '../base/struct.js'
import { UserError } from '../base/user-error.js'
import { decodeNames } from './elf/names.js'
import type { LinkInput } from './image.js'

/** `ar` archives as GNU and LLVM write them: magic, then members with a 60-byte text header, each on an even offset. */
const MAGIC = '!<arch>\n'
const THIN_MAGIC = '!<thin>\n'
const HEADER_SIZE = 60

export interface Archive extends LinkInput {
  /** The member `//`, in which GNU archives keep names of 16 bytes and more: decoded once. */
  longNames?: string
}

/** The symbols of an archive, and for each the offset of the member that defines it. */
export interface SymbolIndex {
  readonly names: readonly string[]
  readonly offsets: readonly number[]
}

/** Which archive member defines a name, over all archives; the first archive in input order wins. */
export type ArchiveIndex = Map<string, ArchiveMember>

export interface ArchiveMember {
  readonly archive: Archive
  /** Position of the archive among the inputs. */
  readonly order: number
  /** Offset of the member's header in the archive. */
  readonly offset: number
  isFetched: boolean
}

export function isArchive(bytes: Uint8Array): boolean {
  const magic = ascii(bytes, 0, MAGIC.length)
  return magic === MAGIC || magic === THIN_MAGIC
}

/** The index (`ranlib`) alone: members stay unread until one of their symbols is wanted. */
export function readArchiveIndex(archive: Archive): SymbolIndex {
  if (ascii(archive.bytes, 0, MAGIC.length) === THIN_MAGIC) {
    throw new UserError(`${archive.name} is a thin archive, which holds no objects`, {
      hint: 'make it without ar\'s "T"',
    })
  }
  if (archive.bytes.length === MAGIC.length) return { names: [], offsets: [] }
  const first = readMember(archive, MAGIC.length)
  if (first.rawName === '/') return decodeIndex(archive, first.bytes, 4)
  if (first.rawName === '/SYM64/') return decodeIndex(archive, first.bytes, 8)
  throw new UserError(`${archive.name} has no symbol index`, { hint: `run: ranlib ${archive.name}` })
}

/** The member whose header starts at `offset`, named `libc.a(memcpy.o)`. */
export function readArchiveMember(archive: Archive, offset: number): LinkInput {
  const { rawName, bytes } = readMember(archive, offset)
  const name = rawName.startsWith('/') ? longName(archive, Number(rawName.slice(1))) : rawName
  return { name: `${archive.name}(${name.endsWith('/') ? name.slice(0, -1) : name})`, bytes }
}

function readMember(archive: Archive, offset: number): { rawName: string; bytes: Uint8Array } {
  const { bytes } = archive
  const start = offset + HEADER_SIZE
  if (start > bytes.length) throw truncated(archive, offset)
  const header = ascii(bytes, offset, HEADER_SIZE)
  const size = Number(header.slice(48, 58))
  const isHeader = header.endsWith('`\n')
  if (!isHeader || !Number.isSafeInteger(size)) {
    throw new UserError(`${archive.name} is damaged: no archive member starts at offset ${offset}`)
  }
  if (start + size > bytes.length) throw truncated(archive, offset)
  return { rawName: header.slice(0, 16).trimEnd(), bytes: bytes.subarray(start, start + size) }
}

/** Big-endian count, that many member offsets, that many NUL-terminated names. */
function decodeIndex(archive: Archive, index: Uint8Array, width: 4 | 8): SymbolIndex {
  const view = viewOf(index)
  const damaged = () => new UserError(`${archive.name} is damaged: its symbol index ends too early`)
  if (index.length < width) throw damaged()
  const number = (at: number) => (width === 4 ? view.getUint32(at) : Number(view.getBigUint64(at)))
  const count = number(0)
  if (count > index.length / width - 1) throw damaged()
  const names = decodeNames(index.subarray((count + 1) * width)).split('\0')
  if (names.length <= count) throw damaged()
  names.length = count
  return { names, offsets: names.map((_, i) => number((i + 1) * width)) }
}

function longName(archive: Archive, position: number): string {
  archive.longNames ??= readLongNames(archive)
  const end = archive.longNames.indexOf('\n', position)
  return archive.longNames.slice(position, end === -1 ? undefined : end)
}

/** Right behind the index. */
function readLongNames(archive: Archive): string {
  let offset = MAGIC.length
  while (offset < archive.bytes.length) {
    const { rawName, bytes } = readMember(archive, offset)
    if (rawName === '//') return decodeNames(bytes)
    if (!rawName.startsWith('/')) break
    offset += HEADER_SIZE + bytes.length + (bytes.length % 2)
  }
  throw new UserError(`${archive.name} is damaged: it has no table of long member names`)
}

function truncated(archive: Archive, offset: number): UserError {
  return new UserError(`${archive.name} is truncated: its member at offset ${offset} ends beyond the file`)
}

function ascii(bytes: Uint8Array, offset: number, length: number): string {
  return decodeNames(bytes.subarray(offset, offset + length))
}
