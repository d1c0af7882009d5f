/** What `${{ }}` sees, and whether the steps so far went well. */
export interface Scope {
  readonly contexts: Readonly<Record<string, unknown>>
  readonly status: 'success' | 'failure'
}

/** A text of a workflow with its expressions replaced (docs.github.com: "Evaluate expressions in workflows and actions"), as far as ours go. */
export function fill(text: string, scope: Scope): string {
  return text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_all, expression: string) => {
    const value = evaluate(expression, scope)
    return value === undefined || value === null ? '' : String(value)
  })
}

/** One expression, with or without its braces, where a value is wanted. */
export function evaluate(expression: string, scope: Scope): unknown {
  const source = /^\s*\$\{\{(.*)\}\}\s*$/s.exec(expression)?.[1] ?? expression
  const tokens = [...source.matchAll(/'((?:[^']|'')*)'|[\w.-]+|==|!=|&&|\|\||[!(),]/g)].map(
    ([token]) => token,
  )
  if (tokens.join('') !== source.replaceAll(/\s+(?=(?:[^']*'[^']*')*[^']*$)/g, ''))
    throw new Error(`not understood: ${source}`)
  const reader = { tokens, at: 0 }
  const value = either(reader, scope)
  if (reader.at !== tokens.length) throw new Error(`not understood from ${tokens[reader.at]}: ${source}`)
  return value
}

/** A step or job without `if`, or whose `if` names no status, is run only after successes. */
export function runs(condition: string | undefined, scope: Scope): boolean {
  if (condition === undefined) return scope.status === 'success'
  const named = /\b(success|failure|cancelled|always)\(\)/.test(condition)
  return (named || scope.status === 'success') && Boolean(evaluate(condition, scope))
}

interface Reader {
  readonly tokens: readonly string[]
  at: number
}

function either(reader: Reader, scope: Scope): unknown {
  let value = both(reader, scope)
  while (take(reader, '||')) {
    const right = both(reader, scope)
    value = value || right
  }
  return value
}

function both(reader: Reader, scope: Scope): unknown {
  let value = comparison(reader, scope)
  while (take(reader, '&&')) {
    const right = comparison(reader, scope)
    value = value && right
  }
  return value
}

function comparison(reader: Reader, scope: Scope): unknown {
  const left = single(reader, scope)
  if (take(reader, '==')) return left === single(reader, scope)
  if (take(reader, '!=')) return left !== single(reader, scope)
  return left
}

function single(reader: Reader, scope: Scope): unknown {
  if (take(reader, '!')) return !single(reader, scope)
  if (take(reader, '(')) {
    const value = either(reader, scope)
    expect(reader, ')')
    return value
  }
  const word = reader.tokens[reader.at++] ?? ''
  if (word.startsWith("'")) return word.slice(1, -1).replaceAll("''", "'")
  if (take(reader, '(')) return call(word, reader, scope)
  return member(word, scope.contexts)
}

function call(name: string, reader: Reader, scope: Scope): unknown {
  const values: unknown[] = []
  while (!take(reader, ')')) {
    values.push(either(reader, scope))
    take(reader, ',')
  }
  if (name === 'fromJSON') return JSON.parse(String(values[0]))
  if (name === 'cancelled') return false
  if (name === 'always') return true
  if (name === 'success' || name === 'failure') return scope.status === name
  throw new Error(`no function ${name}`)
}

function member(path: string, contexts: Readonly<Record<string, unknown>>): unknown {
  const [first = '', ...rest] = path.split('.')
  if (!(first in contexts)) throw new Error(`no context ${first}`)
  return rest.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    contexts[first],
  )
}

function take(reader: Reader, token: string): boolean {
  if (reader.tokens[reader.at] !== token) return false
  reader.at++
  return true
}

function expect(reader: Reader, token: string): void {
  if (!take(reader, token)) throw new Error(`expected ${token}, not ${reader.tokens[reader.at]}`)
}
