import { dependencyOf, warnByDependency } from './dependency.js'
import type { Findings, Problem, ProblemPosition } from './problem.js'
import type { GlobalUse, References } from './references.js'
import type { SourceMap, SourcePosition } from './source-map.js'
import { globalHints, languageGlobals, wellKnownGlobals } from './well-known-globals.js'

export interface GlobalsContext {
  /** Globals that the engine's modules define. */
  readonly provided: ReadonlySet<string>
  readonly map: SourceMap
  /** The user's position of a use in the bundle. */
  locate(use: GlobalUse): SourcePosition | undefined
}

interface LocatedUse {
  readonly kind: GlobalUse['kind']
  readonly name: string
  readonly at: ProblemPosition
}

/**
 * Globals that nobody defines. In the user's own files a well-known one fails the build and any other is a warning; in a
 * dependency all are warnings, since much of a package is never reached, and what is reached throws. A file that asks
 * `typeof NAME` minds the name's absence itself.
 */
export function checkGlobals(references: References, context: GlobalsContext): Findings {
  const uses = undefinedUses(references, context)
  const asked = new Set(uses.filter(({ kind }) => kind === 'typeof').map(nameInFile))
  const plain = uses.filter((use) => use.kind !== 'typeof' && !asked.has(nameInFile(use)))
  const own = plain.filter(({ at }) => dependencyOf(at.file) === undefined)
  return {
    problems: own.filter(({ name }) => wellKnownGlobals.has(name)).map(describeUse),
    warnings: [
      ...own.filter(({ name }) => !wellKnownGlobals.has(name)).map(describeUse),
      ...warnByDependency(
        plain,
        (dependency, names) =>
          `${dependency} uses ${names}, which the engine lacks: that throws when it is reached`,
      ),
    ],
  }
}

/** What the bundler's own code uses has no position; it asks typeof. */
function undefinedUses(references: References, { provided, map, locate }: GlobalsContext): LocatedUse[] {
  const located: LocatedUse[] = []
  for (const use of references.globals) {
    const { name, kind } = use
    if (languageGlobals.has(name) || provided.has(name) || references.defined.has(name)) continue
    const at = locate(use)
    if (at) located.push({ name, kind, at: { ...at, length: name.length, source: map.sourceText(at.file) } })
  }
  return located
}

const nameInFile = ({ name, at }: LocatedUse): string => `${name} ${at.file}`

function describeUse({ name, at }: LocatedUse): Problem {
  const text = wellKnownGlobals.has(name) ? `${name} is not in the engine` : `${name} is defined nowhere`
  return { text, at, hint: globalHints[name] }
}
