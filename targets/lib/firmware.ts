import type { QemuRecipe, Way } from './recipe.js'
import type { BuildFacts } from './target.js'

/** The same machine with UEFI. It needs more memory: OVMF holds the file, and the image made of it, for a while. */
export function withUefi(recipe: QemuRecipe, { memory }: Pick<BuildFacts, 'memory'>): QemuRecipe {
  return { ...recipe, firmware: 'ovmf', leastMemory: 96 + 4 * memory.minimum }
}

/** One machine with either firmware. */
export function biosAndUefi(recipe: QemuRecipe, build: Pick<BuildFacts, 'memory'>): readonly Way[] {
  return [
    { name: 'BIOS', recipe },
    { name: 'UEFI', recipe: withUefi(recipe, build) },
  ]
}
