import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ElfFile } from 'elfy'
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

/**
 * `--init PATH` must be an x86_64 ELF program of that folder, with the loader that it asks for, or a script that begins with `#!` and the
 * path of one. Symbolic links are taken as they are.
 * Returns how many bytes the program wants beside what its file holds (.bss), which a machine must be able to give at once.
 */
export async function checkInit(entries: readonly RootfsEntry[], init: string): Promise<number> {
  const entry = find(entries, init)
  if (entry === undefined) throw new UserError(`--init ${init} is not in the rootfs`, { status: 2 })
  if (entry.type === 'symlink') return 0
  const interpreter = interpreterOf(entry.data ?? new Uint8Array())
  if (interpreter !== undefined) return checkInterpreter(entries, init, interpreter)
  const { programs } = (await parseElf(entry.data ?? new Uint8Array(), init)).body
  const interp = programs.find((program) => program.type === 'interp')
  const loader = interp?.data.toString('latin1').replace(/\0.*$/s, '')
  if (loader !== undefined && find(entries, loader) === undefined)
    throw new UserError(
      `--init ${init} is dynamically linked, and its loader ${loader} is not in the rootfs`,
      {
        hint: 'copy the loader and the libraries into the folder (ldd lists them), or link the program statically',
        status: 2,
      },
    )
  return programs
    .filter((program) => program.type === 'load')
    .reduce((sum, { memsz, data }) => sum + memsz - data.length, 0)
}

// The path in the line "#! PATH [ARGUMENT]" that a script begins with (execve(2)).
function interpreterOf(data: Uint8Array): string | undefined {
  const start = Buffer.from(data.subarray(0, 256)).toString('latin1')
  return /^#![ \t]*([^ \t\n\0]*)/.exec(start)?.[1]
}

function checkInterpreter(entries: readonly RootfsEntry[], init: string, path: string): Promise<number> {
  const entry = find(entries, path)
  if (entry === undefined)
    throw new UserError(`--init ${init} begins with #!${path}, which is not in the rootfs`, {
      hint: 'copy that program into the folder, with its loader and libraries (ldd lists them)',
      status: 2,
    })
  if (interpreterOf(entry.data ?? new Uint8Array()) !== undefined) return Promise.resolve(0) // the kernel follows it
  return checkInit(entries, path)
}

// A file, or below a folder that is a symbolic link (/lib64 -> usr/lib64), whose target is not followed.
function find(entries: readonly RootfsEntry[], path: string): RootfsEntry | undefined {
  const plain = path.replace(/^\/+/, '')
  return entries.find(
    (entry) => entry.path === plain || (entry.type === 'symlink' && plain.startsWith(`${entry.path}/`)),
  )
}

async function parseElf(data: Uint8Array, init: string): Promise<ElfFile> {
  const { default: elfy } = await import('elfy') // CommonJS: what it exports is its default
  let elf: ElfFile
  try {
    elf = elfy.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
  } catch (error) {
    throw new UserError(`--init ${init} is not an ELF program`, { status: 2, cause: error })
  }
  if (elf.machine !== 'amd64' || elf.class !== '64')
    throw new UserError(`--init ${init} is a program for ${elf.machine} (${elf.class} bit), not for x86_64`, {
      status: 2,
    })
  return elf
}
