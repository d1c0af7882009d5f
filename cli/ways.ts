import { UserError } from '../base/user-error.js'
import type { Way } from '../targets/lib/recipe.js'
import type { Artefact } from './pipeline.js'
import { findTargets } from './targets.js'

/** The ways in which its platform starts an artefact, the usual one first. The name is empty where there is but one. */
export async function waysOf(
  artefact: Pick<Artefact, 'target' | 'facts' | 'folder'>,
): Promise<readonly Way[]> {
  const [target] = await findTargets([artefact.target])
  if (target === undefined) throw new UserError(`no such target: ${artefact.target}`)
  const recipe = target.recipe(artefact.facts, artefact.folder)
  return 'kind' in recipe ? [{ name: '', recipe }] : recipe
}

/** The way of that name, whatever its letters' case; without a name the usual one. */
export function findWay(ways: readonly Way[], target: string, name: string | undefined): Way {
  const wanted = name?.toLowerCase()
  const found = wanted === undefined ? ways[0] : ways.find((way) => way.name.toLowerCase() === wanted)
  if (found !== undefined) return found
  throw new UserError(`target ${target} is not started as ${JSON.stringify(name)}`, {
    hint:
      ways.length > 1
        ? `it is started as ${ways.map((way) => JSON.stringify(way.name)).join(', ')}`
        : 'there is one way to start it: leave --as out',
    status: 2,
  })
}
