import type { RootfsEntry } from '../formats/entry.js'
import { hostFile } from './host-file.js'
import { needBundle } from './need-bundle.js'
import { textFile } from './package-files.js'
import type { Build } from './target.js'

/**
 * The app for Node.js, as files of one folder: the bundle as it is (app.js), what it expects of its surroundings
 * (environment.js), and main.js, which starts it as the engine would.
 */
export function nodeFiles(build: Build, target: string): RootfsEntry[] {
  return [
    { path: 'app.js', type: 'file', mode: 0o644, data: needBundle(build, target) },
    textFile('environment.js', environment(build)),
    textFile('main.js', main(build), 0o755),
    ...(build.port === undefined ? [] : [hostFile(build, 'node-serve')]),
    ...(build.assets.length === 0 ? [] : [hostFile(build, 'node-assets')]),
    ...build.assets.map((asset) => ({ ...asset, path: `assets/${asset.path}` })),
    { path: 'NOTICES.txt', type: 'file', mode: 0o644, data: build.notices },
  ]
}

/** Default environment, which the real one overrides, and the files that the app reads. */
function environment({ env, assets }: Build): string {
  const mount =
    assets.length === 0
      ? ''
      : `import { fileURLToPath } from 'node:url'
import { mountAssets } from './node-assets.js'

mountAssets(fileURLToPath(new URL('./assets/', import.meta.url)))
`
  const defaults = `for (const [name, value] of Object.entries(${JSON.stringify(env)})) process.env[name] ??= value\n`
  return mount + (Object.keys(env).length === 0 ? '' : defaults)
}

function main({ port }: Build): string {
  const script = "#!/usr/bin/env node\nimport './environment.js'\n"
  if (port === undefined) return `${script}import './app.js'\n`
  return `${script}import app from './app.js'\nimport { serve } from './node-serve.js'\n\nserve(app)\n`
}

/** What package.json says of the app wherever Node.js runs it. */
export function nodeManifest({ name, about }: Build): Record<string, unknown> {
  return {
    name,
    version: about.version,
    description: about.description,
    license: about.licence,
    ...(about.homepage === undefined ? {} : { homepage: about.homepage }),
    type: 'module',
    engines: { node: '>=20' },
  }
}

export function jsonFile(path: string, value: unknown): RootfsEntry {
  return textFile(path, `${JSON.stringify(value, null, 2)}\n`)
}
