import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'
import { nodeModules } from '../node-modules.js'

/** Attached to esbuild's warning for an import that the engine lacks; the warning's location is that of the import. */
export interface MissingImport {
  readonly specifier: string
  /** The file with the import, absolute. */
  readonly importer: string
  /** The throwing module that takes its place, as esbuild's metafile names it: absent there when it was not needed. */
  readonly stub: string
}

export const missingNamespace = 'missing'
const requiredNamespace = 'engine'

/**
 * Imports of `node:…`, `unik:…` and bare names of Node.js modules. What the engine provides stays an import, for the engine to
 * link; a module that is only imported and never used disappears. What it lacks becomes a stub and a warning.
 */
export function engineImports(provided: ReadonlySet<string>): Plugin {
  const resolve = async (build: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult | undefined> => {
    if (args.pluginData === resolvePackage) return undefined
    const specifier = /^(node|unik):/.test(args.path) ? args.path : `node:${args.path}`
    if (provided.has(specifier)) return linkByEngine(specifier, args)
    if (specifier === args.path) return throwWhenUsed(specifier, args, build)
    const found = await build.resolve(args.path, { ...resolveOptions(args), pluginData: resolvePackage })
    return found.errors.length === 0 ? found : throwWhenUsed(specifier, args, build)
  }
  return {
    name: 'engine-imports',
    setup(build) {
      const names = nodeModules.join('|')
      build.onResolve({ filter: new RegExp(`^(node:.*|unik:.*|${names})$`) }, (args) => resolve(build, args))
      build.onLoad({ filter: /.*/, namespace: requiredNamespace }, ({ path }) => ({
        contents: `import module_ from ${JSON.stringify(path)}\nmodule.exports = module_`,
      }))
      build.onLoad({ filter: /.*/, namespace: missingNamespace }, ({ path }) => ({ contents: stub(path) }))
    },
  }
}

/** Marks our own question to esbuild whether a package of the same name is installed (`events`, `buffer`, `punycode`). */
const resolvePackage = Symbol('resolve as a package')

function resolveOptions({ kind, importer, resolveDir, namespace }: OnResolveArgs) {
  return { kind, importer, resolveDir, namespace }
}

/** require() wants the module's default export, synchronously: a CommonJS module around a plain import gives it. */
function linkByEngine(specifier: string, { kind }: OnResolveArgs): OnResolveResult {
  return kind === 'require-call' || kind === 'require-resolve'
    ? { path: specifier, namespace: requiredNamespace }
    : { path: specifier, external: true, sideEffects: false }
}

/** One stub for each importer, so that the metafile tells which of the imports are really used. */
function throwWhenUsed(specifier: string, { importer }: OnResolveArgs, build: PluginBuild): OnResolveResult {
  const root = build.initialOptions.absWorkingDir ?? ''
  const suffix = `?${importer.slice(root.length + 1).replaceAll('\\', '/')}`
  const detail: MissingImport = { specifier, importer, stub: `${missingNamespace}:${specifier}${suffix}` }
  return {
    path: specifier,
    suffix,
    namespace: missingNamespace,
    sideEffects: false,
    warnings: [{ text: `${specifier} is not in the engine`, detail }],
  }
}

/** Importing it is harmless; reading any of its properties throws. The bundler's own questions are answered. */
function stub(specifier: string): string {
  const message = `${specifier} is not in the engine: `
  return `module.exports = Object.create(new Proxy({}, {
  get(_, name) {
    if (typeof name === 'symbol' || name === '__esModule' || name === 'then') return undefined
    throw new Error(${JSON.stringify(message)} + name)
  },
}))`
}
