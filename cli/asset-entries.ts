import type { Program } from '../compiler/program.js'
import type { RootfsEntry } from '../targets/formats/entry.js'

/** An app's assets as files, for targets that hold them beside its bundle. */
export function assetEntries({ assets }: Program): RootfsEntry[] {
  return assets.map(({ path, data }) => ({ path, type: 'file', mode: 0o644, data }))
}
