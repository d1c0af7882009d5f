import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { UserError } from '../../base/user-error.js'
import { type CompileOptions, compile } from '../../compiler/compile.js'
import { parseModuleCatalogue } from '../../compiler/module-catalogue.js'
import type { Program } from '../../compiler/program.js'

/** A small engine, so that these tests do not depend on what the real one has. */
export const catalogue = parseModuleCatalogue(
  JSON.stringify({
    core: { always: true, globals: ['console'] },
    fetch: { globals: ['Headers', 'Request', 'Response', 'fetch'], needs: ['url'] },
    process: { globals: ['process'], imports: ['node:process'] },
    serve: { needs: ['fetch'] },
    text: { globals: ['TextDecoder', 'TextEncoder'] },
    url: {
      globals: ['URL', 'URLSearchParams'],
      imports: ['node:url'],
      exports: { 'node:url': ['URL', 'default'] },
      needs: ['text'],
    },
  }),
)

const folders: string[] = []

/** A project folder with these files, and a package.json; removed after the tests of the file. */
export function makeProject(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'unik-compile-'))
  folders.push(root)
  for (const [path, text] of Object.entries({ 'package.json': '{"name":"app"}', ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

export function removeProjects(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** Compiles src/index.ts of such a project. */
export async function compileFiles(
  files: Readonly<Record<string, string>>,
  options: Partial<CompileOptions> = {},
): Promise<Program> {
  const root = makeProject(files)
  return compile({ entry: join(root, 'src/index.ts'), name: 'app', catalogue, ...options })
}

export async function compileText(text: string): Promise<Program> {
  return compileFiles({ 'src/index.ts': text })
}

/** The explained failure of a compilation, with places relative to the project. */
export async function failure(compiling: Promise<Program>): Promise<UserError> {
  const error = await compiling.then(
    () => new Error('it compiled'),
    (reason: unknown) => reason,
  )
  if (error instanceof UserError) return error
  throw error
}

/** FILE:LINE:COLUMN of a failure, without the way to the project's folder. */
export function place(error: UserError): string | undefined {
  return error.where?.replace(/^.*unik-compile-[^/]*\//, '')
}

export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
