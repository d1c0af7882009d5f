import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Context } from 'mocha'
import { packageRoot } from '../../base/package-root.js'
import { type Running, type RunResult, run, start, tryRun } from '../../base/run.js'
import { skip } from './tool.js'

// What the set-up has unpacked (scripts/linux-programs.mjs).
const unpacked = join(packageRoot, '.cache/programs')
const libraryPath = ['usr/lib', 'lib'].map((path) => join(unpacked, path, 'x86_64-linux-gnu')).join(':')

/** For what runs on this Linux: the libraries of what was unpacked. */
export const linuxEnvironment = { LD_LIBRARY_PATH: libraryPath }

/** Path of a file of a Debian package, unpacked or installed; where there is none the test is skipped and says why. */
export function needFile(test: Context, path: string, debianPackage: string): string {
  const found = [join(unpacked, path), path].find((file) => existsSync(file))
  return found ?? skip(test, `needs the package ${debianPackage}`)
}

/** Copies a program, or a library that it opens by name, to `path` below `root`, and all libraries that it is linked with. */
export async function addProgram(root: string, path: string, file: string): Promise<void> {
  copy(file, join(root, path))
  const { stdout } = await run('ldd', [file], { env: linuxEnvironment })
  for (const [, library = ''] of stdout.matchAll(/(\/\S+) \(0x/g))
    copy(library, join(root, library.replace(unpacked, '')))
}

/** Runs a program on this Linux, and copies below `root` what it reads of the system: loader, libraries, modules. Takes strace. */
export async function addWhatItReads(
  root: string,
  file: string,
  args: readonly string[],
): Promise<RunResult> {
  const log = join(root, '..', `${basename(file)}.strace`)
  const trace = ['-f', '-z', '-qq', '--trace=file', '-o', log]
  const result = await tryRun('strace', [...trace, file, ...args], { cwd: root, env: linuxEnvironment })
  const paths = [
    ...readFileSync(log, 'utf8').matchAll(/"(\/(?:usr|lib|lib64)\/[^"]+|[^"]*\/\.cache\/programs\/[^"]+)"/g),
  ]
  for (const [, path = ''] of paths)
    if (statSync(path, { throwIfNoEntry: false })?.isFile())
      copy(path, join(root, path.replace(unpacked, '')))
  return result
}

/** The same program on this Linux. */
export function startOnLinux(file: string, args: readonly string[], cwd: string): Promise<Running> {
  return start(file, args, { cwd, env: linuxEnvironment })
}

function copy(file: string, target: string): void {
  if (existsSync(target)) return
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(realpathSync(file), target)
}
