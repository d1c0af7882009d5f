import type { TargetOptions, UserConfig } from './config.js'

/** A configuration where the command line goes before the file: key by key, of `env` and of each target's options name by name. */
export function overridden(file: UserConfig, flags: UserConfig): UserConfig {
  return {
    ...file,
    ...flags,
    env: { ...file.env, ...flags.env },
    options: mergedOptions(file.options ?? {}, flags.options ?? {}),
  }
}

function mergedOptions(file: TargetOptions, flags: TargetOptions): TargetOptions {
  const targets = new Set([...Object.keys(file), ...Object.keys(flags)] as (keyof TargetOptions)[])
  return Object.fromEntries([...targets].map((target) => [target, { ...file[target], ...flags[target] }]))
}
