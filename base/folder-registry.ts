import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Loads the default export of every module in a folder, sorted by file name: adding one more is adding a file.
 * Each must have a `name` equal to its file name. Folders are not entered.
 */
export function loadFolder<T extends { readonly name: string }>(folder: string): Promise<T[]> {
  return Promise.all(namesInFolder(folder).map((name) => loadFromFolder<T>(folder, name)))
}

/** The names under which `loadFromFolder` finds something, sorted. */
export function namesInFolder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => basename(entry.name, '.js'))
    .sort()
}

/** One of a folder, without what the others need. */
export async function loadFromFolder<T extends { readonly name: string }>(
  folder: string,
  name: string,
): Promise<T> {
  const file = join(folder, `${name}.js`)
  const module = (await import(pathToFileURL(file).href)) as { default?: T }
  if (module.default?.name !== name)
    throw new Error(`${file} must have a default export whose name is '${name}'`)
  return module.default
}
