import type { Metafile } from 'esbuild'
import { type FoundPackage, packageFinder, readLicenceFiles } from './package-of-file.js'

/** A package of which code is in the bundle. */
export interface BundledPackage {
  /** Name, and version where it has one: several versions of one package stand apart. */
  readonly id: string
  readonly name: string
  readonly version: string | undefined
  /** What its package.json says: an SPDX expression in most cases. */
  readonly licence: string | undefined
  readonly homepage: string | undefined
  /** No registry has it: a part of the project. */
  readonly isPrivate: boolean
  /** LICENSE, COPYING, NOTICE and their like, by name. */
  readonly licenceFiles: readonly { readonly name: string; readonly text: string }[]
  /** Ids of the packages that it imports. */
  readonly imports: readonly string[]
  /** Whether the app's own code imports it. */
  readonly isDirect: boolean
}

/**
 * The npm packages of a bundle, by id: those of which something is left after tree shaking. `root` is the project's folder, to
 * which the metafile's paths are relative. What lies in no package of its own is the app's.
 */
export function bundledPackages(metafile: Metafile, root: string): BundledPackage[] {
  const find = packageFinder(root)
  const bundled = new Map<string, FoundPackage>()
  for (const { inputs } of Object.values(metafile.outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const found = bytesInOutput > 0 ? find(path) : undefined
      if (found !== undefined) bundled.set(found.id, found)
    }
  const graph = importGraph(metafile, find, new Set(bundled.keys()))
  const direct = graph(app)
  return [...bundled.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ folder, ...found }) => ({
      ...found,
      licenceFiles: readLicenceFiles(folder),
      imports: [...graph(found.id)].sort(),
      isDirect: direct.has(found.id),
    }))
}

/** In place of a package's id. */
const app = ''

/** Whom an owner's files import: the packages of `bundled`, also by way of files of which nothing is left, such as a package's index. */
function importGraph(
  metafile: Metafile,
  find: (path: string) => FoundPackage | undefined,
  bundled: ReadonlySet<string>,
): (owner: string) => Set<string> {
  const ownerOf = (path: string): string => find(path)?.id ?? app
  const files = new Map<string, string[]>()
  for (const path of Object.keys(metafile.inputs)) {
    const owner = ownerOf(path)
    const known = files.get(owner)
    if (known === undefined) files.set(owner, [path])
    else known.push(path)
  }
  return (owner) => {
    const found = new Set<string>()
    const pending = new Set(files.get(owner))
    // A set's iteration comes to what is added meanwhile.
    for (const path of pending)
      for (const { path: imported, external } of metafile.inputs[path]?.imports ?? []) {
        if (external) continue
        const other = ownerOf(imported)
        if (bundled.has(other) && other !== owner) found.add(other)
        else if (other !== app) pending.add(imported)
      }
    return found
  }
}
