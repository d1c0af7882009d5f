export type YamlValue =
  | string
  | number
  | boolean
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue }

/** A YAML document (1.2) in block style. Every string is in double quotes as JSON has them, so that none is taken for anything else. */
export function toYaml(value: YamlValue): string {
  return `${block(value, '').trimStart()}\n`
}

function block(value: YamlValue, indent: string): string {
  if (typeof value !== 'object' || Object.keys(value).length === 0) return ` ${JSON.stringify(value)}`
  if (isList(value)) return value.map((item) => `\n${indent}-${nested(item, `${indent}  `)}`).join('')
  return Object.entries(value)
    .map(([key, item]) => `\n${indent}${keyText(key)}:${block(item, `${indent}  `)}`)
    .join('')
}

/** The first line of an item stands behind its dash. */
function nested(item: YamlValue, indent: string): string {
  return block(item, indent).replace(/^\n\s*/, ' ')
}

function keyText(key: string): string {
  return /^[A-Za-z][\w.-]*$/.test(key) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(key)
    ? key
    : JSON.stringify(key)
}

function isList(value: object): value is readonly YamlValue[] {
  return Array.isArray(value)
}
