import { readPrebuilt } from './read-prebuilt.js'

/** `module.json` of one engine module: the folder runtime-x86_64/engine/modules/<name>. */
export interface EngineModule {
  /** Globals that the module defines. */
  readonly globals: readonly string[]
  /** Import specifiers that it provides, `node:url`. The bare name of a Node.js module means the same one. */
  readonly imports: readonly string[]
  /** Modules that it needs itself. */
  readonly needs: readonly string[]
  /** Linked into every app. */
  readonly always?: boolean
  /** What a specifier exports, where known; then a named import that is missing is found when the app is built. */
  readonly exports?: Readonly<Record<string, readonly string[]>>
}

/** All engine modules by name, gathered by the set-up. */
export type ModuleCatalogue = Readonly<Record<string, EngineModule>>

export async function readModuleCatalogue(): Promise<ModuleCatalogue> {
  return parseModuleCatalogue((await readPrebuilt('modules.json')).toString())
}

/** Checks what the compiler relies on. A mistake here is ours, not the user's. */
export function parseModuleCatalogue(json: string): ModuleCatalogue {
  const catalogue: Record<string, EngineModule> = {}
  const provider = new Map<string, string>()
  for (const [name, module] of Object.entries(JSON.parse(json) as Record<string, Partial<EngineModule>>)) {
    const { globals = [], imports = [], needs = [] } = module
    catalogue[name] = { ...module, globals, imports, needs }
    for (const provided of [...globals.map((global) => `global ${global}`), ...imports]) {
      const other = provider.get(provided)
      if (other !== undefined) throw new Error(`engine modules ${other} and ${name} both provide ${provided}`)
      provider.set(provided, name)
    }
  }
  for (const [name, { needs }] of Object.entries(catalogue)) {
    const missing = needs.find((need) => !(need in catalogue))
    if (missing !== undefined) throw new Error(`engine module ${name} needs ${missing}, which does not exist`)
  }
  return catalogue
}

/** The modules that define one of the globals or provide one of the imports, those linked always, and all that they need; sorted. */
export function selectModules(
  catalogue: ModuleCatalogue,
  used: {
    readonly globals: Iterable<string>
    readonly imports: Iterable<string>
    readonly names?: readonly string[]
  },
): readonly string[] {
  const globals = new Set(used.globals)
  const imports = new Set(used.imports)
  const selected = new Set<string>()
  const select = (name: string): void => {
    if (selected.has(name)) return
    selected.add(name)
    for (const need of catalogue[name]?.needs ?? []) select(need)
  }
  for (const [name, module] of Object.entries(catalogue)) {
    const isUsed =
      module.globals.some((it) => globals.has(it)) || module.imports.some((it) => imports.has(it))
    if (module.always || isUsed || used.names?.includes(name)) select(name)
  }
  return [...selected].sort()
}
