import type { ModuleCatalogue } from './module-catalogue.js'
import type { Problem } from './problem.js'
import type { References } from './references.js'
import type { SourceMap } from './source-map.js'

export interface ImportsContext {
  readonly catalogue: ModuleCatalogue
  readonly code: Uint8Array
  readonly map: SourceMap
}

/**
 * Named imports that an engine module does not export, where the catalogue tells what it does. The engine could not even
 * start such an app, so a dependency's import fails the build as well.
 */
export function checkImports({ imports }: References, context: ImportsContext): readonly Problem[] {
  const problems: Problem[] = []
  for (const { exports = {} } of Object.values(context.catalogue)) {
    for (const [specifier, exported] of Object.entries(exports)) {
      for (const name of imports.get(specifier) ?? []) {
        if (name === '*' || exported.includes(name)) continue
        problems.push({
          text: `${specifier} has no export ${name} in the engine`,
          hint: `it has ${exported.join(', ')}`,
          at: findImport(specifier, name, context),
        })
      }
    }
  }
  return problems
}

/** The bundler writes each import as one line that starts with `import`. */
function findImport(specifier: string, name: string, { code, map }: ImportsContext): Problem['at'] {
  const end = `from ${JSON.stringify(specifier)};`
  const lines = new TextDecoder().decode(code).split('\n')
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith('import ') || !line.endsWith(end)) continue
    const column = name === 'default' ? 'import '.length : line.search(new RegExp(`[{ ]${name}[ ,]`)) + 1
    const found = column > 0 && map.locate(index + 1, column + 1)
    if (found) {
      const source = map.sourceText(found.file)
      return { ...found, source, length: name.length }
    }
  }
  return undefined
}
