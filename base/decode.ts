import { UserError } from './user-error.js'

/** Takes a parsed JSON value for what it must be, or throws a UserError that tells the path: `rows[3].size must be a number`. */
export type Decode<T> = (value: unknown, path: string) => T

export const text: Decode<string> = (value, path) => (typeof value === 'string' ? value : wrong(path, 'text'))

/** Text of this form, all of it; `what` names it. */
export function textLike(form: RegExp, what: string): Decode<string> {
  return (value, path) => (typeof value === 'string' && form.test(value) ? value : wrong(path, what))
}

export const number: Decode<number> = (value, path) =>
  typeof value === 'number' && Number.isFinite(value) ? value : wrong(path, 'a number')

/** Absent: false. */
export const flag: Decode<boolean> = (value, path) =>
  value === undefined || typeof value === 'boolean' ? value === true : wrong(path, 'true or false')

export function oneOf<const T extends string>(words: readonly T[]): Decode<T> {
  return (value, path) =>
    words.find((word) => word === value) ??
    wrong(path, `one of ${words.map((word) => `"${word}"`).join(', ')}`)
}

/** The same for a whole union of words: one that is left out does not compile. */
export function wordOf<T extends string>(words: Readonly<Record<T, true>>): Decode<T> {
  return oneOf(Object.keys(words) as T[])
}

/** Absent, or null. */
export function optional<T>(decode: Decode<T>): Decode<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : decode(value, path))
}

/** An absent list is an empty one. */
export function list<T>(decode: Decode<T>): Decode<readonly T[]> {
  return (value, path) => {
    if (value === undefined || value === null) return []
    if (!Array.isArray(value)) return wrong(path, 'a list')
    return value.map((item, i) => decode(item, `${path}[${i}]`))
  }
}

/** Values by name, whatever the names are. */
export function byName<T>(decode: Decode<T>): Decode<Readonly<Record<string, T>>> {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(fieldsOf(value, path)).map(([name, item]) => [name, decode(item, below(path, name))]),
    )
}

/** An object with these fields; others are left out. */
export function object<T>(fields: { readonly [Name in keyof T]-?: Decode<T[Name]> }): Decode<T> {
  return (value, path) => {
    const given = fieldsOf(value, path)
    const entries = Object.entries(fields) as [string, Decode<unknown>][]
    return Object.fromEntries(
      entries.map(([name, decode]) => [name, decode(given[name], below(path, name))]),
    ) as T
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fieldsOf(value: unknown, path: string): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : wrong(path, 'an object')
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function wrong(path: string, what: string): never {
  throw new UserError(`${path === '' ? 'the document' : path} must be ${what}`)
}
