import { array, assertSize, type Field, padding, struct, text, u8, type ValueOf } from '../../base/struct.js'
import { joinBlock, usedBlocks } from './blocks.js'
import { type ByteSource, readWithin } from './byte-source.js'
import { damaged, explained } from './damaged.js'
import type { Piece, SparseImage } from './sparse-image.js'

/** Octal digits, then a NUL; NULs alone where there is no number. */
function octal(size: number): Field<number> {
  const digits = text(size)
  return {
    size,
    read: (view, offset) => Number.parseInt(digits.read(view, offset) || '0', 8),
    write: (view, offset, value) =>
      digits.write(view, offset, value < 0 ? '' : value.toString(8).padStart(size - 1, '0')),
  }
}

/** A stretch that is stored; the file is zero elsewhere. */
const stretch = struct({ offset: octal(12), size: octal(12) })
/** GNU tar's format before POSIX (GNU tar manual, "Basic Tar Format": oldgnu_header). */
const header = struct({
  name: text(100),
  mode: octal(8),
  uid: octal(8),
  gid: octal(8),
  storedSize: octal(12),
  mtime: octal(12),
  checksum: text(8, ' '),
  typeflag: text(1),
  linkname: padding(100),
  magic: text(8),
  users: padding(64),
  devices: padding(16),
  times: padding(24),
  volumeOffset: padding(12),
  unused: padding(5),
  stretches: array(4, stretch),
  isExtended: u8,
  realSize: octal(12),
  rest: padding(17),
})
const blockSize = 512
assertSize(header, blockSize)
const extension = struct({ stretches: array(21, stretch), isExtended: u8, rest: padding(7) })
assertSize(extension, blockSize)

const format = 'a tar archive of one sparse file'
const sparse = 'S'
const chunk = 4096
/** GNU tar takes one of zeros for the end of the file. */
const noStretch = { offset: -1, size: -1 }

/** An archive of one file, whose zeros are told and not stored, part by part. `mtime` is in seconds since 1970. */
export function* gnuSparseTar(name: string, image: SparseImage, mtime: number): Generator<Uint8Array> {
  const runs = storedRuns(image)
  const storedSize = runs.reduce((sum, { size }) => sum + size, 0)
  // A file that ends with zeros has an empty stretch at its end.
  const map = [...runs.map(({ offset, size }) => ({ offset, size })), { offset: image.size, size: 0 }]
  const value = {
    ...{ name, mode: 0o644, uid: 0, gid: 0, storedSize, mtime, checksum: '', typeflag: sparse },
    ...{ magic: 'ustar  ', stretches: filledUp(map.slice(0, 4), 4), isExtended: Number(map.length > 4) },
    realSize: image.size,
  }
  const sum = header.encode(value).reduce((total, byte) => total + byte, 0)
  yield header.encode({ ...value, checksum: `${sum.toString(8).padStart(6, '0')}\0` })
  for (let at = 4; at < map.length; at += 21)
    yield extension.encode({
      stretches: filledUp(map.slice(at, at + 21), 21),
      isExtended: Number(map.length > at + 21),
    })
  for (const { chunks } of runs) yield* chunks
  yield new Uint8Array(2 * blockSize)
}

interface Run {
  readonly offset: number
  readonly size: number
  readonly chunks: readonly Uint8Array[]
}

// Every stretch is stored in whole blocks of the archive.
function storedRuns(image: SparseImage): readonly Run[] {
  if (image.size % chunk !== 0) throw new Error(`a disk of ${image.size} bytes`)
  const runs: { offset: number; size: number; chunks: Uint8Array[] }[] = []
  for (const block of usedBlocks(image, chunk)) {
    const last = runs.at(-1)
    const offset = block.index * chunk
    const data = joinBlock(block, chunk)
    if (last !== undefined && last.offset + last.size === offset) {
      last.chunks.push(data)
      last.size += chunk
    } else runs.push({ offset, size: chunk, chunks: [data] })
  }
  return runs
}

function filledUp(map: readonly ValueOf<typeof stretch>[], count: number): ValueOf<typeof stretch>[] {
  return Array.from({ length: count }, (_, at) => map[at] ?? noStretch)
}

/** The file of such an archive. */
export function readGnuSparseTar(archive: ByteSource): {
  readonly name: string
  readonly image: SparseImage
} {
  return explained(format, () => {
    const first = header.decode(readWithin(archive, 0, blockSize))
    if (first.typeflag !== sparse || !first.magic.startsWith('ustar ')) throw damaged(format, 'it holds none')
    const map = [...first.stretches]
    let at = blockSize
    for (let more = first.isExtended; more !== 0; at += blockSize) {
      const next = extension.decode(readWithin(archive, at, blockSize))
      map.push(...next.stretches)
      more = next.isExtended
    }
    const pieces: Piece[] = []
    let end = 0
    for (const { offset, size } of map) {
      if (size === 0) continue // the end of the file, or an unused place in the header
      if (!(offset >= end && size > 0 && offset + size <= first.realSize))
        throw damaged(format, 'a wrong place')
      pieces.push({ offset, data: readWithin(archive, at, size) })
      end = offset + size
      at += Math.ceil(size / blockSize) * blockSize
    }
    return { name: first.name, image: { size: first.realSize, pieces } }
  })
}
