import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** [Service] of a unit: the values of each key, in order; an empty assignment forgets those before it. */
export type ServiceUnit = ReadonlyMap<string, readonly string[]>

/** systemd.syntax(7), as far as units without continued lines need it. */
export function parseServiceUnit(text: string): ServiceUnit {
  const service = new Map<string, string[]>()
  let section = ''
  for (const line of text.split('\n')) {
    section = /^\[(\w+)\]$/.exec(line)?.[1] ?? section
    const [, key, value = ''] = /^(\w+)=(.*)$/.exec(line) ?? []
    if (key === undefined || section !== 'Service') continue
    if (value === '') service.set(key, [''])
    else service.set(key, [...(service.get(key) ?? []).filter((each) => each !== ''), specified(value)])
  }
  return service
}

/** The last value of a key. */
export function lastOf(unit: ServiceUnit, key: string): string | undefined {
  return unit.get(key)?.at(-1)
}

export function isOn(unit: ServiceUnit, key: string): boolean {
  return /^(yes|true|on|1)$/i.test(lastOf(unit, key) ?? '')
}

/** The words of all values of a key. */
export function wordsOf(unit: ServiceUnit, key: string): readonly string[] {
  return (unit.get(key) ?? []).flatMap((value) => value.split(/\s+/)).filter((word) => word !== '')
}

/** What the unit's environment files in this root say: lines NAME="value", in which a backslash takes the next letter as it is. */
export function environmentOf(unit: ServiceUnit, root: string): Record<string, string> {
  const env: Record<string, string> = {}
  for (const file of wordsOf(unit, 'EnvironmentFile')) {
    const text = readFileSync(join(root, file.replace(/^-/, '')), 'utf8')
    for (const [, name = '', quoted, plain] of text.matchAll(/^(\w+)=(?:"((?:[^"\\]|\\[\s\S])*)"|(.*))$/gm))
      env[name] = quoted?.replace(/\\([\s\S])/g, '$1') ?? plain ?? ''
  }
  return env
}

// systemd.unit(5), specifiers.
function specified(value: string): string {
  return value.replaceAll('%S', '/var/lib').replaceAll('%%', '%')
}
