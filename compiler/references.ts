/** What the bundle refers to outside itself: the bytecode compiler's report (runtime-x86_64/bytecode/bytecode.h), read. */
export interface References {
  /** Uses of names that no scope of the bundle defines. */
  readonly globals: readonly GlobalUse[]
  /** Names of properties read from the global object: `globalThis.NAME`. */
  readonly properties: ReadonlySet<string>
  /** Names that the bundle defines itself: `globalThis.NAME = …`. */
  readonly defined: ReadonlySet<string>
  /**
   * The global object is also used in a way that cannot be followed, and any of these names, all property names and
   * strings of the bundle, may be one of its properties. Empty when it is not.
   */
  readonly words: ReadonlySet<string>
  /** Named imports by specifier, `*` for the namespace; a specifier imported for its effect only has none. */
  readonly imports: ReadonlyMap<string, ReadonlySet<string>>
}

export interface GlobalUse {
  readonly kind: 'read' | 'write' | 'typeof'
  readonly name: string
  /** Position in the bundle; both count from 1, the column in bytes. */
  readonly line: number
  readonly column: number
}

export interface BytecodeError {
  readonly message: string
  /** Position in the bundle, both from 1, the column in bytes; 0 when it is not known. */
  readonly line: number
  readonly column: number
}

export function readReport(report: string): References & { readonly error: BytecodeError | undefined } {
  const globals: GlobalUse[] = []
  const properties = new Set<string>()
  const defined = new Set<string>()
  const words = new Set<string>()
  const imports = new Map<string, Set<string>>()
  let error: BytecodeError | undefined
  for (const text of report.split('\n')) {
    const [kind, name = '', line, column] = text.split('\t')
    if (kind === 'read' || kind === 'write' || kind === 'typeof') {
      globals.push({ kind, name, line: Number(line), column: Number(column) })
    } else if (kind === 'property') properties.add(name)
    else if (kind === 'define') defined.add(name)
    else if (kind === 'word') words.add(name)
    else if (kind === 'import') addImport(imports, name, line)
    else if (kind === 'error') error = readError(text)
  }
  return { globals, properties, defined, words, imports, error }
}

function addImport(imports: Map<string, Set<string>>, specifier: string, name: string | undefined): void {
  const names = imports.get(specifier) ?? new Set()
  if (name !== undefined) names.add(name)
  imports.set(specifier, names)
}

function readError(text: string): BytecodeError {
  const [, line, column, ...message] = text.split('\t')
  return { message: message.join('\t'), line: Number(line), column: Number(column) }
}
