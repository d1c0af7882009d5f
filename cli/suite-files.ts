import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageRoot } from '../base/package-root.js'
import { requirePackage } from '../base/require-package.js'
import { UserError } from '../base/user-error.js'

/** A project's own test files: `unik.test.ts` and `NAME.unik.test.ts` in its root. */
export function findSuite(root: string): string[] {
  return readdirSync(root)
    .filter((name) => /^(?:.+\.)?unik\.test\.[cm]?[jt]s$/.test(name))
    .sort()
    .map((name) => join(root, name))
}

/** Files that the command line names in place of these. */
export function givenSuite(files: readonly string[], cwd: string): string[] {
  return files.map((name) => {
    const file = resolve(cwd, name)
    if (existsSync(file) && statSync(file).isFile()) return file
    throw new UserError(`no such test file: ${name}`, { status: 2 })
  })
}

/** Compiles test files for Node.js into a folder, with source maps; returns what to load. */
export async function compileSuite(files: readonly string[], folder: string): Promise<string[]> {
  return Promise.all(files.map((file, index) => compileFile(file, join(folder, `suite-${index}.mjs`))))
}

async function compileFile(file: string, outfile: string): Promise<string> {
  const esbuild = requirePackage('esbuild') as typeof import('esbuild')
  await esbuild
    .build({
      entryPoints: [file],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      conditions: [], // Node.js's own; esbuild would add `module`
      sourcemap: 'inline',
      sourcesContent: false,
      logLevel: 'silent',
      define: { 'import.meta.url': JSON.stringify(pathToFileURL(file).href) },
      plugins: [leavePackages],
    })
    .catch((error: Error) => {
      throw new UserError(`${basename(file)} does not compile`, {
        where: file,
        detail: error.message,
        cause: error,
      })
    })
  return outfile
}

/** Ours, whatever the project has: the fixture must be the one of the process that runs the tests. */
const fixture = pathToFileURL(join(packageRoot, 'lib/boot/suite/app.js')).href

// Packages stay what they are, at the place where the test file finds them: the compiled file lies elsewhere.
const leavePackages: import('esbuild').Plugin = {
  name: 'packages',
  setup(build) {
    build.onResolve({ filter: /^unik\/test$/ }, () => ({ path: fixture, external: true }))
    build.onResolve(
      { filter: /^[^./]|^\.[^./]/ },
      async ({ path, pluginData, kind, importer, resolveDir }) => {
        if (pluginData === asked || kind === 'entry-point' || path.startsWith('node:')) return undefined
        const found = await build.resolve(path, { kind, importer, resolveDir, pluginData: asked })
        if (found.errors.length === 0)
          return /\.[cm]?js$/.test(found.path)
            ? { path: pathToFileURL(found.path).href, external: true }
            : found
        if (path !== 'chai') return { errors: found.errors }
        return { path: pathToFileURL(requirePackage.resolve('chai')).href, external: true }
      },
    )
  },
}

/** Marks our own question, so that it is not answered by itself. */
const asked = Symbol('asked')
