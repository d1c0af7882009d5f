import { unzipSync, type Zippable, zipSync } from 'fflate'
import { UserError } from '../../base/user-error.js'
import { archiveOrder, type RootfsEntry } from './entry.js'
import { level } from './gzip.js'

/** PKWARE's APPNOTE 4.4.2: made by Unix, so that readers take the mode from the external attributes. */
const madeByUnix = 3
const regularFile = 0o100000

/** A zip archive of the files, folders left out: in order of path, deflated by a library of a pinned version. `date`: seconds since 1970. */
export function writeZip(entries: readonly RootfsEntry[], date: number): Uint8Array {
  const files: Zippable = {}
  const mtime = dosDate(date)
  for (const { path, type, mode, data = new Uint8Array() } of archiveOrder(entries))
    if (type === 'file')
      files[path] = [data, { mtime, level, os: madeByUnix, attrs: (regularFile | mode) * 0x10000 }]
  return zipSync(files)
}

/** Contents by path. */
export function readZip(archive: Uint8Array): Readonly<Record<string, Uint8Array>> {
  try {
    return unzipSync(archive)
  } catch (error) {
    throw new UserError('not a zip archive, or damaged', { cause: error })
  }
}

// The format holds local time from 1980 on, and the library asks a Date for that: one whose local time is our UTC.
function dosDate(seconds: number): Date {
  const utc = new Date(Math.max(seconds, 315_532_800) * 1000)
  const day = [utc.getUTCFullYear(), utc.getUTCMonth(), utc.getUTCDate()] as const
  return new Date(...day, utc.getUTCHours(), utc.getUTCMinutes(), utc.getUTCSeconds())
}
