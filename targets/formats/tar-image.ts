import { type ByteSource, readWithin, sourcePart } from './byte-source.js'
import type { Bytes } from './content.js'
import { movedTo, type Piece, type SparseImage, sparseImage } from './sparse-image.js'
import { readTarFileHeader, tarFileHeader } from './tar.js'

/** A file of an archive; a disk's holes stay holes of the archive's file. */
export interface TarMember {
  readonly name: string
  readonly data: Bytes | SparseImage<Bytes>
}

const blockSize = 512

/** A ustar archive of files in the order given, nothing of which is copied. `mtime` is in seconds since 1970. */
export function tarImage(members: readonly TarMember[], mtime: number): SparseImage<Bytes> {
  const pieces: Piece<Bytes>[] = []
  let at = 0
  for (const { name, data } of members) {
    const image = 'pieces' in data ? data : sparseImage(data.length, [{ offset: 0, data }])
    pieces.push({ offset: at, data: tarFileHeader(name, image.size, { mtime }) })
    pieces.push(...movedTo(at + blockSize, image))
    at += blockSize + Math.ceil(image.size / blockSize) * blockSize
  }
  return sparseImage(at + 2 * blockSize, pieces)
}

/** The files of such an archive, in their order. */
export function tarMembers(source: ByteSource): readonly (readonly [name: string, content: ByteSource])[] {
  const members: [string, ByteSource][] = []
  for (let at = 0; ; ) {
    const found = readTarFileHeader(readWithin(source, at, blockSize), at)
    if (found === undefined) return members
    const { name, size } = found
    members.push([name, sourcePart(source, at + blockSize, size)])
    at += blockSize + Math.ceil(size / blockSize) * blockSize
  }
}
