import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Message } from 'esbuild'
import { type DependencyUse, dependencyOf, warnByDependency } from './dependency.js'
import { moduleHints } from './node-modules.js'
import type { MissingImport } from './plugins/engine-imports.js'
import type { Findings, Problem, ProblemPosition } from './problem.js'

export interface MessageContext {
  /** The project's folder, to which the bundler's paths are relative. */
  readonly root: string
  /** Import specifiers that the engine provides. */
  readonly provided: ReadonlySet<string>
  /** Inputs that are part of the bundle; undefined when there is no bundle. */
  readonly inputs: ReadonlySet<string> | undefined
}

/**
 * Sorts what esbuild says. The user's own files must not use what cannot work; in a dependency it is only a warning, since
 * much of a package is never reached, and what is reached throws.
 */
export function sortMessages(
  messages: { readonly errors: readonly Message[]; readonly warnings: readonly Message[] },
  context: MessageContext,
): Findings {
  const problems: Problem[] = messages.errors.map((message) => describeError(message, context))
  const warnings: Problem[] = []
  const missing: DependencyUse[] = []
  const computed: DependencyUse[] = []
  for (const message of messages.warnings) {
    const own = dependencyOf(message.location?.file ?? '') === undefined
    const at = toPosition(message, context.root)
    if (isMissingImport(message.detail)) {
      const { specifier, stub } = message.detail
      if (context.inputs?.has(stub) === false) continue // imported, but not used
      if (own) problems.push({ text: message.text, at, hint: missingHint(specifier, context.provided) })
      else if (at) missing.push({ name: specifier, at })
    } else if (requireIds.has(message.id)) {
      if (own) problems.push({ text: computedRequire, at, hint: 'use import, with the name written out' })
      else if (at) computed.push({ name: 'require', at })
    } else if (own) {
      warnings.push({ text: message.text, at })
    }
  }
  warnings.push(
    ...warnByDependency(
      missing,
      (name, modules) => `${name} imports ${modules}, which the engine lacks: ${throws}`,
    ),
    ...warnByDependency(computed, (name) => `${name} calls require with a computed name: ${throws}`),
  )
  return { problems, warnings }
}

const throws = 'that throws when it is reached'
const computedRequire = 'require is used with a name that is not known when the app is built'
const requireIds: ReadonlySet<string> = new Set(['unsupported-require-call', 'indirect-require'])

function isMissingImport(detail: unknown): detail is MissingImport {
  return typeof detail === 'object' && detail !== null && 'stub' in detail
}

function missingHint(specifier: string, provided: ReadonlySet<string>): string {
  const known = moduleHints[specifier]
  if (known !== undefined) return known
  const available = [...provided].sort().join(', ') || 'no modules'
  return `use a standard API or a package of plain JavaScript; the engine has ${available}`
}

function describeError(message: Message, { root }: MessageContext): Problem {
  return { text: message.text, at: toPosition(message, root), hint: hintFor(message.text) }
}

function hintFor(text: string): string | undefined {
  const [, unresolved] = /^Could not resolve "([^"]*)"/.exec(text) ?? []
  if (unresolved?.startsWith('.') || unresolved?.startsWith('/'))
    return 'check the path: there is no such file'
  if (unresolved !== undefined)
    return `install the package: npm install ${/^(@[^/]+\/)?[^/]*/.exec(unresolved)?.[0]}`
  if (text.startsWith('No loader is configured for ".node"'))
    return 'a native addon cannot be part of an app: use a package of plain JavaScript'
  return undefined
}

/** esbuild counts columns from 0 and, like lengths, in bytes of UTF-8. */
function toPosition({ location }: Message, root: string): ProblemPosition | undefined {
  if (location === null) return undefined
  const text = Buffer.from(location.lineText)
  const before = text.subarray(0, location.column).toString()
  const marked = text.subarray(location.column, location.column + location.length).toString()
  return {
    file: location.file.replaceAll('\\', '/'),
    line: location.line,
    column: before.length + 1,
    length: marked.length,
    source: readSource(join(root, location.file)) ?? '\n'.repeat(location.line - 1) + location.lineText,
  }
}

function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // the code is not a file's: a plugin made it
  }
}
