import { join } from 'node:path'
import { loadFolder, loadFromFolder, namesInFolder } from '../base/folder-registry.js'
import { nearest } from '../base/nearest.js'
import { packageRoot } from '../base/package-root.js'
import { UserError } from '../base/user-error.js'
import type { Options } from '../targets/lib/option.js'
import type { Target } from '../targets/lib/target.js'

const folder = join(packageRoot, 'lib', 'targets')

/** Every target there is, sorted by name. */
export function allTargets(): Promise<Target[]> {
  return loadFolder<Target>(folder)
}

/** Their names, without loading any. */
export function targetNames(): readonly string[] {
  return namesInFolder(folder)
}

/** What a target's own options are. */
export async function targetOptions(name: string): Promise<Options> {
  return (await loadFromFolder<Target>(folder, name)).options ?? {}
}

/** The targets of these names, in the order given; `all` is every one. An unknown name lists the known. */
export async function findTargets(names: readonly string[]): Promise<Target[]> {
  const known = namesInFolder(folder)
  if (names.includes('all')) return allTargets()
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw noSuchTarget(unknown, known)
  return Promise.all([...new Set(names)].map((name) => loadFromFolder<Target>(folder, name)))
}

function noSuchTarget(name: string, known: readonly string[]): UserError {
  const similar = nearest(name, known)
  return new UserError(
    `no such target: ${name}${similar === undefined ? '' : `, did you mean ${similar}?`}`,
    {
      hint: `known targets: ${known.join(', ')}`,
      status: 2,
    },
  )
}
