/** What `unik.config.ts` may say; every key is optional. Paths are relative to the file. */
export interface UserConfig {
  /** Name of the app and of its artefacts: [a-z0-9-]+. Default: `name` of package.json, else the entry's. */
  readonly name?: string
  /** Version of the app, for packages. Default: package.json's, else 0.0.0. */
  readonly version?: string
  /** The app in one line. Default: package.json's. */
  readonly description?: string
  /** SPDX expression. Default: `license` of package.json. */
  readonly licence?: string
  /** `Name <address>` of who answers for packages. Default: `author` of package.json. */
  readonly maintainer?: string
  /** The app's entry. Default: `main` of package.json, else src/index.ts. */
  readonly entry?: string
  /** Targets of `unik build`. Default: linux, qemu. */
  readonly targets?: readonly string[]
  /** Default environment, part of the app ELF; the real environment overrides it. */
  readonly env?: Readonly<Record<string, string>>
  /** A folder whose files the app reads below /app. */
  readonly assets?: string
  /** MiB that an image gets when nobody says otherwise. */
  readonly memory?: number
}

/** For editors: `export default defineConfig({ … })` is checked and completed. */
export function defineConfig(config: UserConfig): UserConfig {
  return config
}
