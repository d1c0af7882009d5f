import { existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UserError } from '../base/user-error.js'
import { type AssetSource, readAssets } from './assets.js'
import { type Bundle, bundle } from './bundle.js'
import { bundleLocator } from './bundle-locator.js'
import { compileBytecode, loadBytecodeCompiler } from './bytecode.js'
import { checkGlobals } from './check-globals.js'
import { checkImports } from './check-imports.js'
import { type ModuleCatalogue, readModuleCatalogue, selectModules } from './module-catalogue.js'
import { describeWarning, type Findings, type Problem, problemsError, stopAtProblems } from './problem.js'
import type { Program } from './program.js'
import type { BytecodeError, References } from './references.js'
import { readSourceMap, type SourceMap } from './source-map.js'

export interface CompileOptions {
  /** The app's entry: an absolute path. */
  readonly entry: string
  readonly name: string
  /** The project's folder, to which paths in stacks are relative. Default: the nearest with a package.json above the entry. */
  readonly root?: string
  /** Default environment. */
  readonly env?: Readonly<Record<string, string>>
  /** A folder whose files the app reads below /app, or a list of files. */
  readonly assets?: string | readonly AssetSource[] | undefined
  /** Default: that of the prebuilt engine. */
  readonly catalogue?: ModuleCatalogue
}

/** Entry → Program: bundle, bytecode, what is used of the engine, assets. Fails with everything that is wrong at once. */
export async function compile(options: CompileOptions): Promise<Program> {
  const entry = realEntry(options.entry)
  const root = options.root === undefined ? projectRoot(entry) : realpathSync(options.root)
  const env = options.env ?? {}
  const compiler = loadBytecodeCompiler() // while esbuild works
  compiler.catch(() => {}) // reported where it is awaited
  const catalogue = options.catalogue ?? (await readModuleCatalogue())
  const provided = new Set(Object.values(catalogue).flatMap(({ imports }) => imports))
  const { assets, problems } = readAssets(options.assets)

  const bundled = await bundle({ entry, root, provided, mode: env.NODE_ENV ?? 'production' })
  if (bundled.code === undefined) throw problemsError([...bundled.problems, ...problems], root)
  const made = await compileBytecode(await compiler, bundled.code)
  const context = { catalogue, bundled, map: readSourceMap(bundled.sourceMap) }
  if (made.error !== undefined) throw problemsError([refusedSyntax(made.error, context)], root)
  const found = checkReferences(made.references, context)
  stopAtProblems([...bundled.problems, ...found.problems, ...problems], root)

  return {
    name: options.name,
    bundle: bundled.code,
    sourceMap: bundled.sourceMap,
    bytecode: made.bytecode,
    modules: usedModules(made.references, context),
    imports: bundled.imports,
    packages: bundled.packages,
    assets,
    env,
    warnings: [...bundled.warnings, ...found.warnings].map((warning) => describeWarning(warning, root)),
  }
}

interface Context {
  readonly catalogue: ModuleCatalogue
  readonly bundled: Bundle
  readonly map: SourceMap
}

function realEntry(entry: string): string {
  const stat = statSync(entry, { throwIfNoEntry: false })
  if (stat?.isFile()) return realpathSync(entry)
  throw new UserError(stat === undefined ? `no such entry: ${entry}` : `the entry is not a file: ${entry}`, {
    hint: 'give the path of a TypeScript or JavaScript file',
  })
}

function projectRoot(entry: string): string {
  for (let folder = dirname(entry); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (dirname(folder) === folder) return dirname(entry)
  }
}

/** Syntax that esbuild lets through and the engine's parser does not, or that only the bundle shows. */
function refusedSyntax(error: BytecodeError, { bundled, map }: Context): Problem {
  const at = bundleLocator(bundled.code, map)(error)
  return {
    text: `the engine cannot compile this: ${error.message}`,
    at: at && { ...at, source: map.sourceText(at.file) },
  }
}

function checkReferences(references: References, { catalogue, bundled, map }: Context): Findings {
  const provided = new Set(Object.values(catalogue).flatMap(({ globals }) => globals))
  const locate = bundleLocator(bundled.code, map)
  const { problems, warnings } = checkGlobals(references, { provided, map, locate })
  return {
    problems: [...checkImports(references, { catalogue, code: bundled.code, map }), ...problems],
    warnings,
  }
}

/** By global, by property of the global object, by import; the HTTP server by a default export. */
function usedModules(references: References, { catalogue, bundled }: Context): readonly string[] {
  const { globals, properties, words } = references
  return selectModules(catalogue, {
    globals: [...globals.map(({ name }) => name), ...properties, ...words],
    imports: bundled.imports,
    names: bundled.hasDefaultExport ? ['serve'] : [],
  })
}
