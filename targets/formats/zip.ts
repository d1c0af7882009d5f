import { unzipSync } from 'fflate'
import { assertSize, struct, u16, u32 } from '../../base/struct.js'
import { UserError } from '../../base/user-error.js'
import { type Content, contentOf } from './content.js'
import { deflated } from './deflate.js'
import { archiveOrder, entryData, type RootfsEntry } from './entry.js'
import { PieceWriter } from './pieces.js'

/** What a file's own header and its entry of the central directory share (PKWARE's APPNOTE 4.3.7, 4.3.12). */
const common = {
  versionNeeded: u16,
  flags: u16,
  method: u16,
  time: u16,
  date: u16,
  check: u32,
  storedSize: u32,
  size: u32,
  nameSize: u16,
  extraSize: u16,
}
const fileHeader = struct({ signature: u32, ...common })
assertSize(fileHeader, 30)
const directoryEntry = struct({
  signature: u32,
  versionMade: u16,
  ...common,
  commentSize: u16,
  disk: u16,
  internalAttributes: u16,
  externalAttributes: u32,
  offset: u32,
})
assertSize(directoryEntry, 46)
const directoryEnd = struct({
  signature: u32,
  disk: u16,
  firstDisk: u16,
  entriesHere: u16,
  entries: u16,
  size: u32,
  offset: u32,
  commentSize: u16,
})
assertSize(directoryEnd, 22)
const signatures = { file: 0x04034b50, directory: 0x02014b50, end: 0x06054b50 }
/** 4.4.3.2: deflate needs 2.0. */
const version = 20
const namesInUtf8 = 1 << 11
const deflateMethod = 8
/** 4.4.2: made by Unix, so that readers take the mode from the external attributes. */
const madeByUnix = 3
const regularFile = 0o100000

/** A zip archive of the files, folders left out: in order of path, all deflated. `date`: seconds since 1970. */
export function writeZip(entries: readonly RootfsEntry[], date: number): Content {
  const out = new PieceWriter()
  const directory = new PieceWriter()
  const files = archiveOrder(entries).filter(({ type }) => type === 'file')
  for (const file of files) {
    const name = new TextEncoder().encode(file.path)
    const data = entryData(file)
    const { content, check } = deflated(data)
    const described = {
      ...{ versionNeeded: version, flags: namesInUtf8, method: deflateMethod, ...dosTime(date), check },
      ...{ storedSize: content.length, size: data.length, nameSize: name.length, extraSize: 0 },
    }
    directory.append(directoryEntry, {
      ...{ signature: signatures.directory, versionMade: (madeByUnix << 8) | version, ...described },
      ...{ commentSize: 0, disk: 0, internalAttributes: 0, offset: out.length },
      externalAttributes: (regularFile | file.mode) * 0x10000,
    })
    directory.bytes(name)
    out.append(fileHeader, { signature: signatures.file, ...described })
    out.bytes(name)
    out.bytes(content)
  }
  const end = directoryEnd.encode({
    ...{ signature: signatures.end, disk: 0, firstDisk: 0, entriesHere: files.length },
    ...{ entries: files.length, size: directory.length, offset: out.length, commentSize: 0 },
  })
  return contentOf([...out.finish(), ...directory.finish(), end])
}

/** Contents by path. */
export function readZip(archive: Uint8Array): Readonly<Record<string, Uint8Array>> {
  try {
    return unzipSync(archive)
  } catch (error) {
    throw new UserError('not a zip archive, or damaged', { cause: error })
  }
}

/** 4.4.6: from 1980 on, in steps of two seconds. */
function dosTime(seconds: number): { time: number; date: number } {
  const at = new Date(Math.max(seconds, 315_532_800) * 1000)
  return {
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
    date: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
  }
}
