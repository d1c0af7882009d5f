import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, start } from '../../base/run.js'
import { kernelRuntime } from '../../cli/runtime.js'
import { type Bootable, linkBootable } from '../../linker/link-bootable.js'
import { writeCpio } from '../../targets/formats/cpio.js'
import type { RootfsEntry } from '../../targets/formats/entry.js'

export interface BootableRequest {
  /** Where the image (`<name>.elf`) goes. */
  readonly folder: string
  readonly name?: string
  readonly drivers: readonly string[]
  readonly calls?: readonly string[]
  /** Entries by other boot protocols than PVH: `efi_start`. */
  readonly entries?: readonly string[]
  /** A program for /init: a C source (`.c`, compiled statically with the machine's own C library) or a static ELF. */
  readonly init?: string
  /** Further files beside it. */
  readonly files?: readonly RootfsEntry[]
  /** A finished archive in place of `init` and `files`. */
  readonly rootfs?: Uint8Array
  readonly commandLine?: string
  /** Objects of another kernel than the one that is built. */
  readonly runtime?: Pick<Bootable, 'kernel' | 'vdso'>
}

/** Links a PVH ELF with just these drivers, around a small root file system. Returns its path. */
export async function bootableWith(request: BootableRequest): Promise<string> {
  const image = linkBootable({
    ...(request.runtime ?? kernelRuntime()),
    drivers: request.drivers,
    calls: request.calls ?? [],
    entries: request.entries ?? [],
    rootfs: [request.rootfs ?? (await rootfsWith(request))],
    commandLine: request.commandLine ?? '',
  })
  const path = join(request.folder, `${request.name ?? 'bootable'}.elf`)
  writeFileSync(path, image.bytes)
  return path
}

/** The archive that `bootableWith` makes of a program and files, for those who put it elsewhere (a disk's partition). */
export async function rootfsWith(
  request: Pick<BootableRequest, 'folder' | 'init' | 'files'>,
): Promise<Uint8Array> {
  const files = [...(request.files ?? [])]
  for (const path of ['dev', 'etc', 'proc', 'tmp'])
    if (!files.some((file) => file.path === path)) files.push({ path, type: 'dir', mode: 0o755 })
  if (request.init !== undefined) {
    const program = request.init.endsWith('.c')
      ? await compileStatic(request.init, join(request.folder, 'init'))
      : request.init
    files.push({ path: 'init', type: 'file', mode: 0o755, data: readFileSync(program) })
  }
  return writeCpio(files)
}

/** Compiles one C file to a static program of Linux. Returns the program's path. */
export async function compileStatic(source: string, program: string): Promise<string> {
  await run('gcc', ['-std=gnu17', '-O1', '-Wall', '-static', '-pthread', source, '-o', program])
  return program
}

export interface MachineResult {
  /** What the guest wrote to its serial line, without the records for the host. */
  readonly text: string
  /** The exit status that the guest told; undefined: it told none. */
  readonly status: number | undefined
  /** What the machine wrote to its standard error. */
  readonly stderr: string
}

/** Runs `qemu-system-x86_64` under software emulation to its end, or for `limit` milliseconds; nobody reads its output before `readAfter`. */
export async function runMachine(
  args: readonly string[],
  limit = 30_000,
  readAfter = 0,
): Promise<MachineResult> {
  const common = ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-serial', 'stdio']
  const qemu = await start('qemu-system-x86_64', [...common, '-accel', 'tcg', ...args])
  let raw = ''
  let stderr = ''
  // All of this process sleeps: a paused stream would be read on.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, readAfter)
  qemu.stdout.on('data', (piece: Buffer) => {
    raw += piece.toString('latin1')
  })
  qemu.stderr.on('data', (piece: Buffer) => {
    stderr += piece.toString('latin1')
  })
  const timer = setTimeout(() => qemu.kill('SIGKILL'), limit)
  await qemu.ended
  clearTimeout(timer)
  const status = new RegExp(record('exit=(\\d+)')).exec(raw)?.[1]
  const text = raw.replaceAll(new RegExp(record('.*?'), 'g'), '').replaceAll('\r', '')
  return { text, status: status === undefined ? undefined : Number(status), stderr }
}

/** A record for the host (ARCHITECTURE.md, the console protocol), as a regular expression. */
function record(content: string): string {
  return `\u001b\\]unik;${content}\u0007`
}
