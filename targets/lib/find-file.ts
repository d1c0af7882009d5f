import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The file of an artefact whose name holds what only the build knew, its version: by the end of its name. */
export function findFile(folder: string, ending: string): string {
  const found = readdirSync(folder).filter((name) => name.endsWith(ending))
  if (found.length !== 1) throw new Error(`${found.length} files *${ending} in ${folder}`)
  return join(folder, found[0] as string)
}
