import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run, tryRun } from '../../base/run.js'
import type { Image, LinkInput, LinkOptions } from '../../linker/image.js'
import { link } from '../../linker/link.js'

const fixtures = join(packageRoot, 'test/link/fixtures')
/** Built-in loops over memory must not become calls to themselves. */
const CFLAGS = [
  '-O2',
  '-fPIE',
  '-ffreestanding',
  '-fno-tree-loop-distribute-patterns',
  '-fno-stack-protector',
]
const SECTIONS = [
  '-ffunction-sections',
  '-fdata-sections',
  '-fno-asynchronous-unwind-tables',
  `-I${fixtures}`,
]

/** Compiles C (or C++, or assembly, by the name's ending) into an object below `folder`; returns its path. */
export async function compile(
  folder: string,
  name: string,
  source: string,
  flags: readonly string[] = [],
): Promise<string> {
  const file = join(folder, name)
  const object = `${file}.o`
  writeFileSync(file, source)
  await run('gcc', [...CFLAGS, ...SECTIONS, ...flags, '-c', file, '-o', object])
  return object
}

/** The start code that every test program is linked with. */
export function tinyRuntime(folder: string): Promise<string> {
  return compile(folder, 'tiny.c', readFileSync(join(fixtures, 'tiny.c'), 'utf8'))
}

/** An archive with an index and no dates. */
export async function archive(folder: string, name: string, objects: readonly string[]): Promise<string> {
  const file = join(folder, name)
  await run('ar', ['Drcs', file, ...objects])
  return file
}

export function input(path: string): LinkInput {
  return { name: basename(path), bytes: readFileSync(path) }
}

/** Links files with our linker; returns the image, and writes it where it can be run. */
export function linkOurs(
  folder: string,
  files: readonly string[],
  options: Partial<LinkOptions> = {},
): Image & { path: string } {
  const image = link(files.map(input), { output: 'static-pie', ...options })
  const path = join(folder, 'ours')
  writeFileSync(path, image.bytes, { mode: 0o755 })
  return { ...image, path }
}

/** Links the same files with GNU ld. */
export async function linkGnu(
  folder: string,
  files: readonly string[],
  flags: readonly string[] = [],
): Promise<string> {
  const path = join(folder, 'gnu')
  const group = ['--start-group', ...files, '--end-group']
  await run('ld', ['-static', '-pie', '--no-dynamic-linker', '--gc-sections', ...flags, ...group, '-o', path])
  return path
}

export interface Behaviour {
  readonly stdout: string
  readonly exitCode: number
}

export async function behaviour(program: string): Promise<Behaviour> {
  const { stdout, exitCode, signal } = await tryRun(program, [], { timeout: 10_000 })
  return { stdout, exitCode: signal === undefined ? exitCode : -1 }
}

/** Both linkers' results run, and do what is expected. */
export async function expectSame(
  folder: string,
  files: readonly string[],
  expected: Behaviour,
): Promise<void> {
  const ours = linkOurs(folder, files)
  const gnu = await linkGnu(folder, files)
  expect(await behaviour(gnu), 'linked by GNU ld').to.deep.equal(expected)
  expect(await behaviour(ours.path), 'linked by us').to.deep.equal(expected)
  await expectClean(ours.path)
}

/** GNU's and LLVM's readers have nothing to say against the file. (elfutils' elflint 0.188 does not know RELR yet.) */
export async function expectClean(path: string): Promise<void> {
  const gnu = await run('readelf', ['-lWdSnr', path])
  expect(gnu.stderr, 'readelf').to.equal('')
  const llvm = await tryRun('llvm-readelf', ['--all', path]).catch(() => undefined) // where it is not installed
  expect(llvm?.stderr ?? '', 'llvm-readelf').to.equal('')
}
