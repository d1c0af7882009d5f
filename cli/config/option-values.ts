import type { Option, Options, OptionValues } from '../../targets/lib/option.js'
import type { Target } from '../../targets/lib/target.js'
import type { TargetOptions } from './config.js'

/** Every option of a target: what was given, which has been checked, and defaults. */
export function optionValues<O extends Options>(
  { name, options }: Pick<Target<O>, 'name' | 'options'>,
  given: TargetOptions,
): OptionValues<O> {
  const own: Readonly<Record<string, unknown>> = given[name as keyof TargetOptions] ?? {}
  const values = Object.entries(options ?? {}).map(([key, option]) => [key, own[key] ?? defaultOf(option)])
  return Object.fromEntries(values)
}

function defaultOf(option: Option): unknown {
  if (option.type === 'list') return []
  return option.type === 'map' ? {} : option.default
}
