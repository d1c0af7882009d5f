import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../base/user-error.js'
import type { RootfsEntry } from '../targets/formats/entry.js'

/** `--rootfs DIR`: everything below a folder, sorted by path. Devices, sockets and the like are left out, as they have no content. */
export function readRootfsFolder(folder: string): RootfsEntry[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(`--rootfs ${folder} is not a folder`, { status: 2 })
  return readBelow(folder, '')
}

function readBelow(root: string, prefix: string): RootfsEntry[] {
  return readdirSync(join(root, prefix))
    .sort()
    .flatMap((name) => readOne(root, prefix === '' ? name : `${prefix}/${name}`))
}

function readOne(root: string, path: string): RootfsEntry[] {
  const file = join(root, path)
  const stat = lstatSync(file)
  const mode = stat.mode & 0o7777
  if (stat.isDirectory()) return [{ path, type: 'dir', mode }, ...readBelow(root, path)]
  if (stat.isSymbolicLink()) return [{ path, type: 'symlink', mode: 0o777, target: readlinkSync(file) }]
  if (stat.isFile()) return [{ path, type: 'file', mode, data: readFileSync(file) }]
  return []
}

/** `--init PATH` must be an x86_64 ELF program of that folder (symbolic links inside it are followed by name only). */
export function checkInit(entries: readonly RootfsEntry[], init: string): void {
  const path = init.replace(/^\/+/, '')
  const entry = entries.find((candidate) => candidate.path === path)
  if (entry === undefined) throw new UserError(`--init ${init} is not in the rootfs`, { status: 2 })
  if (entry.type === 'file' && !isElfX64(entry.data ?? new Uint8Array()))
    throw new UserError(`--init ${init} is not an x86_64 ELF program`, { status: 2 })
}

// e_ident: magic, 64 bit, little endian; e_machine 62 (EM_X86_64).
function isElfX64(data: Uint8Array): boolean {
  const head = [0x7f, 0x45, 0x4c, 0x46, 2, 1]
  return head.every((byte, i) => data[i] === byte) && data[18] === 62 && data[19] === 0
}
