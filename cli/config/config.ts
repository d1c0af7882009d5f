import type { UserConfig } from './user-config.js'

export type { AppEntry, TargetName, TargetOptions, UserConfig } from './user-config.js'

/** For editors: `export default defineConfig({ … })` is checked and completed. */
export function defineConfig(config: UserConfig): UserConfig {
  return config
}
