import type { RootfsEntry } from '../formats/entry.js'
import type { Build } from './target.js'

/** A stand-in as a file of an artefact. */
export function hostFile(build: Build, name: string): RootfsEntry {
  return { path: `${name}.js`, type: 'file', mode: 0o644, data: build.standIn(name) }
}
