import { join } from 'node:path'
import type { BuildFailure, BuildOptions, BuildResult, Metafile } from 'esbuild'
import { requirePackage } from '../base/require-package.js'
import { type BundledPackage, bundledPackages } from './bundled-packages.js'
import { sortMessages } from './bundler-messages.js'
import { engineImports } from './plugins/engine-imports.js'
import type { Findings } from './problem.js'
import { supportedSyntax, target } from './supported-syntax.js'

/** The app as one ES module. Its only imports are those of engine modules. */
export interface Bundle extends Findings {
  readonly code: Uint8Array
  readonly sourceMap: Uint8Array
  /** Specifiers that are still imported, statically or by import(). */
  readonly imports: readonly string[]
  /** The npm packages of which code is in it, by id. */
  readonly packages: readonly BundledPackage[]
  readonly hasDefaultExport: boolean
}

export interface BundleOptions {
  readonly entry: string
  /** The project's folder. Every path in the output is relative to it, so that the output is the same wherever it lies. */
  readonly root: string
  /** Import specifiers that the engine provides. */
  readonly provided: ReadonlySet<string>
  /** `production` or `development`: NODE_ENV, by which packages choose one of their halves when they are bundled. */
  readonly mode: string
}

/** One esbuild run. `problems` without code when it failed. */
export async function bundle(options: BundleOptions): Promise<Bundle | (Findings & { code?: undefined })> {
  const { build } = requirePackage('esbuild') as typeof import('esbuild')
  const context = { root: options.root, provided: options.provided }
  try {
    const result = await build(bundlerOptions(options))
    const { inputs, imports, exports } = outputOf(result.metafile)
    return {
      code: fileOf(result, '.js'),
      sourceMap: fileOf(result, '.js.map'),
      imports: [...new Set(imports.map(({ path }) => path))].sort(),
      packages: bundledPackages(result.metafile, options.root),
      hasDefaultExport: exports.includes('default'),
      ...sortMessages(result, { ...context, inputs: new Set(Object.keys(inputs)) }),
    }
  } catch (error) {
    if (!isBuildFailure(error)) throw error
    return sortMessages(error, { ...context, inputs: undefined })
  }
}

function bundlerOptions({ entry, root, provided, mode }: BundleOptions) {
  return {
    entryPoints: [entry],
    absWorkingDir: root,
    outfile: join(root, 'app.js'), // never written: sources in the map are relative to it
    write: false,
    bundle: true,
    format: 'esm',
    target,
    supported: supportedSyntax,
    platform: 'neutral',
    // The builds that packages make for servers without Node.js come first; then ES modules, which lose what is unused.
    conditions: ['unik', 'worker', 'module', mode],
    mainFields: ['module', 'main'],
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    loader: { '.bin': 'binary', '.html': 'text', '.md': 'text', '.sql': 'text' },
    // Not minified: bytecode does not shrink by it (1.295 MB against 1.289 for 2.4 MB of JavaScript), and stacks stay readable.
    minify: false,
    legalComments: 'eof', // no part of the bytecode; the rows that ship the bundle have to keep them
    sourcemap: 'external',
    sourcesContent: true,
    metafile: true,
    logLevel: 'silent',
    logOverride: { 'unsupported-require-call': 'warning', 'indirect-require': 'warning' },
    plugins: [engineImports(provided)],
  } as const satisfies BuildOptions
}

function outputOf(metafile: Metafile): Metafile['outputs'][string] {
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined)
  if (output === undefined) throw new Error('esbuild tells of no output for the entry')
  return output
}

function fileOf(result: BuildResult<{ write: false }>, ending: string): Uint8Array {
  const file = result.outputFiles.find(({ path }) => path.endsWith(`app${ending}`))
  if (file === undefined) throw new Error(`esbuild wrote no file ${ending}`)
  return file.contents
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}
