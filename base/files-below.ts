import { lstatSync, readdirSync } from 'node:fs'
import { join, sep } from 'node:path'

/** Paths of the regular files below a folder, relative to it, with `/`, in the same order everywhere. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => lstatSync(join(folder, path)).isFile())
    .map((path) => path.split(sep).join('/'))
    .sort()
}
