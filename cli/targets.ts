import { join } from 'node:path'
import { loadFolder } from '../base/folder-registry.js'
import { nearest } from '../base/nearest.js'
import { packageRoot } from '../base/package-root.js'
import { UserError } from '../base/user-error.js'
import type { Target } from '../targets/lib/target.js'

/** Every target there is, sorted by name. */
export function allTargets(): Promise<Target[]> {
  return loadFolder<Target>(join(packageRoot, 'lib', 'targets'))
}

/** The targets of these names, in the order given; `all` is every one. An unknown name lists the known. */
export async function findTargets(names: readonly string[]): Promise<Target[]> {
  const known = await allTargets()
  if (names.includes('all')) return known
  return [...new Set(names)].map((name) => {
    const target = known.find((candidate) => candidate.name === name)
    if (target !== undefined) return target
    const knownNames = known.map((candidate) => candidate.name)
    const similar = nearest(name, knownNames)
    throw new UserError(
      `no such target: ${name}${similar === undefined ? '' : `, did you mean ${similar}?`}`,
      {
        hint: `known targets: ${knownNames.join(', ')}`,
        status: 2,
      },
    )
  })
}
