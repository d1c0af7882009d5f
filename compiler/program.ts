import type { BundledPackage } from './bundled-packages.js'

/** What the compiler hands on: all that is known of one app, and nothing of any target. */
export interface Program {
  /** The app's name: [a-z0-9-]+, from package.json's `name` or the entry's file name. */
  readonly name: string
  /** The bundled app: one ES module, UTF-8, for the rows that have a JavaScript engine under them. */
  readonly bundle: Uint8Array
  /** Source map (JSON) of `bundle`. Stays on the host, beside the artefact, never inside it. */
  readonly sourceMap: Uint8Array
  /** The bundle as bytecode of the engine, without source text. */
  readonly bytecode: Uint8Array
  /** Names of the engine modules (folders of runtime-x86_64/engine/modules) that the app uses, sorted. */
  readonly modules: readonly string[]
  /** What the bundle imports of the engine (`node:url`), sorted. */
  readonly imports: readonly string[]
  /** The npm packages of which code is in the bundle, by id. */
  readonly packages: readonly BundledPackage[]
  /** Files that the app reads below /app, sorted by path. */
  readonly assets: readonly Asset[]
  /** Default environment; the real environment overrides it. */
  readonly env: Readonly<Record<string, string>>
  /** One sentence each, for stderr. */
  readonly warnings: readonly string[]
}

export interface Asset {
  /** Path below /app, with `/` and no leading slash. */
  readonly path: string
  readonly data: Uint8Array
}
