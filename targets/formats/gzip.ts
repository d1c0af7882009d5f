import { gunzipSync, inflateRawSync } from 'node:zlib'
import { Gzip, gzipSync } from 'fflate'
import { UserError } from '../../base/user-error.js'
import { isLargePiece, joinPieces, type Pieces } from './pieces.js'

/** Of this library 9 takes three times as long for an image of a kernel, and saves a two-thousandth. */
export const level = 6
/** What Debian's policy asks of documents (12.1, 12.7), and its checker looks for. */
export const documentLevel = 9

/**
 * RFC 1952, one member: no name, no time. The deflate is a JavaScript library of a pinned version, since the bytes of the
 * host's zlib differ between versions and processors.
 */
export function gzip(data: Uint8Array, strength: typeof level | typeof documentLevel = level): Uint8Array {
  return gzipSync(data, { level: strength, mtime: 0 })
}

/**
 * As many members as it takes that each large piece has one of its own (RFC 1952, 2.2: members follow one another), so that a file
 * that stands in many archives is compressed once. For readers that take all members for one stream, as gzip does.
 */
export function gzipPieces(pieces: Pieces): Uint8Array {
  const members: Uint8Array[] = []
  let small: Uint8Array[] = []
  const endSmall = () => {
    if (small.length > 0) members.push(gzip(joinPieces(small)))
    small = []
  }
  for (const piece of pieces) {
    if (!isLargePiece(piece)) {
      small.push(piece)
      continue
    }
    endSmall()
    members.push(sharedMember(piece))
  }
  endSmall()
  return joinPieces(members)
}

/** Content that does not change while a build lasts. */
const shared = new WeakMap<Uint8Array, Uint8Array>()

function sharedMember(piece: Uint8Array): Uint8Array {
  const known = shared.get(piece)
  if (known !== undefined) return known
  const member = gzip(piece)
  shared.set(piece, member)
  return member
}

/** One member of a stream that is never in memory as a whole; `write` gets its parts. */
export function gzipStream(parts: Iterable<Uint8Array>, write: (part: Uint8Array) => void): void {
  const stream = new Gzip({ level, mtime: 0 }, write)
  for (const part of parts) stream.push(part)
  stream.push(new Uint8Array(), true)
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
