import { requirePackage } from '../../base/require-package.js'

/** CycloneDX 1.6, `licenses`: one licence of the SPDX list, an expression of such, or a name for anything else. */
export type LicenceChoice =
  | { readonly license: { readonly id: string } | { readonly name: string } }
  | { readonly expression: string }

/** `licence` is what a package.json or a configuration says. */
export function licenceChoice(licence: string | undefined): readonly LicenceChoice[] | undefined {
  if (licence === undefined) return undefined
  const parsed = parse(licence)
  if (parsed === undefined) return [{ license: { name: licence } }]
  return [isPlain(parsed) ? { license: { id: parsed.license } } : { expression: licence }]
}

type Parsed =
  | { readonly license: string; readonly plus?: true; readonly exception?: string }
  | { left: object }

function isPlain(parsed: Parsed): parsed is { readonly license: string } {
  return (
    'license' in parsed &&
    parsed.plus === undefined &&
    parsed.exception === undefined &&
    !/Ref-/.test(parsed.license)
  )
}

const known = new Map<string, Parsed | undefined>()

/** Undefined: no SPDX expression. */
function parse(licence: string): Parsed | undefined {
  if (!known.has(licence)) known.set(licence, tryToParse(licence))
  return known.get(licence)
}

function tryToParse(licence: string): Parsed | undefined {
  try {
    return (requirePackage('spdx-expression-parse') as (text: string) => Parsed)(licence)
  } catch {
    return undefined
  }
}
