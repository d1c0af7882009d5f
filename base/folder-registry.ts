import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Loads the default export of every module in a folder, sorted by file name: adding one more is adding a file.
 * Each must have a `name` equal to its file name. Folders are not entered.
 */
export async function loadFolder<T extends { readonly name: string }>(folder: string): Promise<T[]> {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => entry.name)
    .sort()
  return Promise.all(files.map((file) => loadOne<T>(join(folder, file))))
}

async function loadOne<T extends { readonly name: string }>(file: string): Promise<T> {
  const module = (await import(pathToFileURL(file).href)) as { default?: T }
  const expected = basename(file, '.js')
  if (module.default?.name !== expected)
    throw new Error(`${file} must have a default export whose name is '${expected}'`)
  return module.default
}
