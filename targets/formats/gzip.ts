import { gunzipSync, inflateRawSync } from 'node:zlib'
import { gzipSync } from 'fflate'
import { u32, viewOf } from '../../base/struct.js'
import { UserError } from '../../base/user-error.js'
import { type Bytes, bytesOf, type Content, contentOf } from './content.js'
import { crc32 } from './crc32.js'
import { deflated, deflateParts, level, watched } from './deflate.js'
import { isLargePiece, type Pieces } from './pieces.js'

/** What Debian's policy asks of documents (12.1, 12.7), and its checker looks for. */
export const documentLevel = 9

/** RFC 1952, one member: no name, no time. */
export function gzip(data: Uint8Array, strength: typeof level | typeof documentLevel = level): Uint8Array {
  return gzipSync(data, { level: strength, mtime: 0 })
}

/**
 * As many members as it takes that each large piece has one of its own (RFC 1952, 2.2: members follow one another), so that a file
 * that stands in many archives is compressed once. For readers that take all members for one stream, as gzip does.
 */
export function gzipPieces(pieces: Pieces): Content {
  const members: Bytes[] = []
  let small: Bytes[] = []
  const endSmall = () => {
    if (small.length > 0) members.push(gzip(bytesOf(contentOf(small))))
    small = []
  }
  for (const piece of pieces) {
    if (!isLargePiece(piece)) {
      small.push(piece)
      continue
    }
    endSmall()
    const { content, check } = deflated(piece)
    members.push(memberHeader, content, memberTrailer(check, piece.length))
  }
  endSmall()
  return contentOf(members)
}

/** One member of a stream that is never in memory as a whole. */
export function* gzipStream(parts: Iterable<Uint8Array>): Generator<Uint8Array> {
  let check = 0
  let size = 0
  const counted = watched(parts, (part) => {
    check = crc32(part, check)
    size += part.length
  })
  yield memberHeader
  yield* deflateParts(counted)
  yield memberTrailer(check, size)
}

/** Deflate, no flags, no time, no statement on the effort, made on Unix. */
const memberHeader = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3)

function memberTrailer(check: number, size: number): Uint8Array {
  const trailer = new Uint8Array(gzipTrailerSize)
  u32.write(viewOf(trailer), 0, check)
  u32.write(viewOf(trailer), 4, size % 2 ** 32)
  return trailer
}

/** All members, one after another. */
export function gunzip(data: Uint8Array): Uint8Array {
  try {
    return new Uint8Array(gunzipSync(data, { maxOutputLength: maximumOutput }))
  } catch (error) {
    throw new UserError('not gzip data, or damaged', { cause: error })
  }
}

export interface GzipMember {
  readonly compressed: Uint8Array
  readonly data: Uint8Array
}

/** The members apart, of files whose members mean something. Their headers have no optional fields, as ours have none. */
export function gunzipMembers(file: Uint8Array): GzipMember[] {
  const members: GzipMember[] = []
  for (let at = 0; at < file.length; ) {
    const { data, size } = inflateMember(file.subarray(at))
    members.push({ compressed: file.subarray(at, at + size), data })
    at += size
  }
  return members
}

function inflateMember(file: Uint8Array): { data: Uint8Array; size: number } {
  const header = [0x1f, 0x8b, 8, 0]
  if (header.some((byte, at) => file[at] !== byte)) throw new UserError('not gzip data, or damaged')
  const body = file.subarray(gzipHeaderSize)
  let consumed: number
  try {
    const options = { info: true, maxOutputLength: maximumOutput }
    const { engine } = inflateRawSync(body, options) as unknown as { engine: { bytesWritten: number } }
    consumed = engine.bytesWritten
  } catch (error) {
    throw new UserError('not gzip data, or damaged', { cause: error })
  }
  const size = gzipHeaderSize + consumed + gzipTrailerSize
  return { data: gunzip(file.subarray(0, size)), size } // which checks the sum
}

const gzipHeaderSize = 10
const gzipTrailerSize = 8

/** Beyond this somebody hands us a bomb. */
const maximumOutput = 1 << 30
