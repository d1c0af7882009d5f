import { gunzipSync } from 'node:zlib'
import { Gzip, gzipSync } from 'fflate'
import { UserError } from '../../base/user-error.js'
import { isLargePiece, joinPieces, type Pieces } from './pieces.js'

/**
 * RFC 1952, one member: no name, no time. The deflate is a JavaScript library of a pinned version, since the bytes of the
 * host's zlib differ between versions and processors.
 */
export function gzip(data: Uint8Array): Uint8Array {
  return gzipSync(data, { level: 9, mtime: 0 })
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
  const stream = new Gzip({ level: 6, mtime: 0 }, write)
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

/** Beyond this somebody hands us a bomb. */
const maximumOutput = 1 << 30
