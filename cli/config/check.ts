import { nearest } from '../../base/nearest.js'
import type { Form, MapOption, Option, Options } from '../../targets/lib/option.js'
import { isPort } from '../port.js'
import { targetNames, targetOptions } from '../targets.js'
import { appKeys, type Key, keys } from './keys.js'

/** `key` or `key[0]` of the file, or the flag that said it. */
type Path = string

/** What is wrong with a configuration, a line each, with the path: `at` tells how a key is called where the value comes from. */
export async function configProblems(
  config: Readonly<Record<string, unknown>>,
  at: (key: string) => Path = (key) => key,
): Promise<string[]> {
  const found: string[] = []
  for (const [name, value] of Object.entries(config)) {
    if (!Object.hasOwn(keys, name)) found.push(unknown(name, 'option', Object.keys(keys)))
    else found.push(...(await keyProblems(keys[name as keyof typeof keys], value, at(name))))
  }
  return found
}

async function keyProblems(key: Key, value: unknown, path: Path): Promise<string[]> {
  if (key.type === 'targets')
    return listProblems(value, path, 'names of targets', (name, at) => targetProblems(name, at))
  if (key.type === 'ports')
    return listProblems(value, path, 'ports', (port, at) =>
      typeof port === 'number' && isPort(port) ? [] : [`${at}: must be a port number, 1 to 65535`],
    )
  if (key.type === 'options') return optionsProblems(value, path)
  if (key.type === 'apps') return listProblems(value, path, 'apps', appProblems)
  return optionProblems(key, value, path)
}

/** Of `options`: what each target is told. Only the targets named are loaded. */
async function optionsProblems(value: unknown, path: Path): Promise<string[]> {
  if (!isRecord(value)) return [`${path}: must hold the options of each target, by its name`]
  const found: string[] = []
  const separator = path.startsWith('--') ? ' ' : '.'
  for (const [target, given] of Object.entries(value)) {
    const at = `${path}${separator}${target}`
    if (!targetNames().includes(target)) found.push(unknown(at, 'target', targetNames(), target))
    else if (!isRecord(given)) found.push(`${at}: must hold options by name`)
    else found.push(...declaredProblems(await targetOptions(target), given, at))
  }
  return found
}

function appProblems(value: unknown, path: Path): string[] {
  if (!isRecord(value)) return [`${path}: must hold the app's entry`]
  const host: Option = { ...appKeys.host, type: Array.isArray(value.host) ? 'list' : 'text' }
  const missing = value.entry === undefined ? [`${path}.entry: must be given`] : []
  return [...missing, ...declaredProblems({ ...appKeys, host }, value, path)]
}

function declaredProblems(options: Options, given: Readonly<Record<string, unknown>>, path: Path): string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    const at = `${path}.${name}`
    if (option !== undefined) return optionProblems(option, value, at)
    const none = Object.keys(options).length === 0
    return [none ? `${at}: this target has no options` : unknown(at, 'option', Object.keys(options), name)]
  })
}

/** What is wrong with the value of one option. */
export function optionProblems(option: Option, value: unknown, path: Path): string[] {
  switch (option.type) {
    case 'text':
      return lineProblems(value, path, option)
    case 'list':
      return listProblems(value, path, 'lines', (line, at) => lineProblems(line, at, option))
    case 'choice':
      if (typeof value === 'string' && option.values.includes(value)) return []
      return [`${path}: must be ${oneOf(option.values)}${suggestion(value, option.values)}`]
    case 'integer':
      if (Number.isInteger(value) && option.minimum <= Number(value) && Number(value) <= option.maximum)
        return []
      return [`${path}: must be a whole number from ${option.minimum} to ${option.maximum}`]
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path}: must be true or false`]
    case 'map':
      if (!isRecord(value)) return [`${path}: must map names to strings`]
      return Object.entries(value).flatMap(([name, text]) => entryProblems(option, name, text, path))
  }
}

const anyName = { pattern: /^[^=\p{Cc}]+$/u, form: 'one line of text without =' } as const
const anyLine = { pattern: /^[^\p{Cc}]*$/u, form: 'one line of text' } as const

function entryProblems(
  { names = anyName, values = anyLine }: MapOption,
  name: string,
  value: unknown,
  path: Path,
): string[] {
  if (!names.pattern.test(name)) return [`${path}.${name}: its name must be ${names.form}`]
  if (typeof value !== 'string') return [`${path}.${name}: must be a string`]
  return values.pattern.test(value) ? [] : [`${path}.${name}: must be ${values.form}`]
}

/** What no line holds: C0 and C1 but for the tab. */
const controls = /[^\P{Cc}\t]/u

function lineProblems(value: unknown, path: Path, { pattern = /^\S.*$/, form }: Form): string[] {
  return typeof value === 'string' && pattern.test(value) && !controls.test(value)
    ? []
    : [`${path}: must be ${form ?? 'one line of text'}`]
}

function listProblems(
  value: unknown,
  path: Path,
  what: string,
  check: (item: unknown, path: Path) => string[],
): string[] {
  if (!Array.isArray(value)) return [`${path}: must be a list of ${what}`]
  return value.flatMap((item, at) => check(item, path.startsWith('--') ? path : `${path}[${at}]`))
}

function targetProblems(name: unknown, path: Path): string[] {
  const known = [...targetNames(), 'all']
  if (typeof name !== 'string') return [`${path}: must be the name of a target`]
  return known.includes(name) ? [] : [`${path}: no such target: ${name}${suggestion(name, known)}`]
}

function unknown(path: Path, what: string, known: readonly string[], name: string = path): string {
  return `${path}: no such ${what}${suggestion(name, known)}`
}

function suggestion(given: unknown, known: readonly string[]): string {
  const similar = typeof given === 'string' ? nearest(given, known) : undefined
  return similar === undefined ? '' : `, did you mean ${similar}?`
}

function oneOf(values: readonly string[]): string {
  return `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
