import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that holds our package.json, found upwards from this file: the same from a clone and from an installed package. */
export const packageRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)))

/** A file of the prebuilt runtime (archives, the bytecode compiler), by its path below `runtime-x86_64/prebuilt`. */
export function prebuilt(...path: readonly string[]): string {
  return join(packageRoot, 'runtime-x86_64', 'prebuilt', ...path)
}

function findRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from
  const parent = dirname(from)
  if (parent === from) throw new Error('no package.json above the running file')
  return findRoot(parent)
}
