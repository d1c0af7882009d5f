import type { Problem, ProblemPosition } from './problem.js'

/** Name of the package that a file belongs to when it lies in node_modules; undefined for the user's own files. */
export function dependencyOf(file: string): string | undefined {
  const [, path] = /(?:^|\/)node_modules\/(?!.*\/node_modules\/)(.*)/.exec(file) ?? []
  if (path === undefined) return undefined
  const [scope = '', name = ''] = path.split('/')
  return scope.startsWith('@') ? `${scope}/${name}` : scope
}

/** A name of something missing, where a package uses it. */
export interface DependencyUse {
  readonly name: string
  readonly at: ProblemPosition
}

/** One warning for each package, at the first use, with all the names: a package may have hundreds. */
export function warnByDependency(
  uses: readonly DependencyUse[],
  sentence: (dependency: string, names: string) => string,
): readonly Problem[] {
  const byPackage = new Map<string, DependencyUse[]>()
  for (const use of uses) {
    const name = dependencyOf(use.at.file)
    if (name !== undefined) byPackage.set(name, [...(byPackage.get(name) ?? []), use])
  }
  return [...byPackage].map(([dependency, found]) => {
    const names = [...new Set(found.map(({ name }) => name))].sort().join(', ')
    return { text: sentence(dependency, names), at: found[0]?.at }
  })
}
