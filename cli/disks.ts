import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { UserError } from '../base/user-error.js'
import type { ExtraDisk } from '../boot/machine.js'

/** `--disk FILE`: an image that the guest reads and writes, its format told by its content. */
export function openDisk(path: string, cwd: string): ExtraDisk {
  const file = resolve(cwd, path)
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined || !stat.isFile())
    throw new UserError(`--disk ${path}: ${stat === undefined ? 'no such file' : 'not a file'}`, {
      hint: `make an empty one: truncate -s 1G ${path}`,
      status: 2,
    })
  try {
    accessSync(file, constants.R_OK | constants.W_OK)
  } catch {
    throw new UserError(`--disk ${path}: the file may not be written by this user`, { status: 2 })
  }
  const format = isQcow2(file) ? 'qcow2' : 'raw'
  if (format === 'raw' && (stat.size === 0 || stat.size % sectorSize !== 0))
    throw new UserError(
      `--disk ${path}: ${stat.size} bytes are no whole number of sectors of ${sectorSize}`,
      {
        hint: 'a raw image or a qcow2 file is expected',
        status: 2,
      },
    )
  return { file, format }
}

const sectorSize = 512

function isQcow2(file: string): boolean {
  const magic = Buffer.alloc(4)
  const handle = openSync(file, 'r')
  try {
    return readSync(handle, magic) === 4 && magic.toString('latin1') === 'QFI\xfb'
  } finally {
    closeSync(handle)
  }
}
