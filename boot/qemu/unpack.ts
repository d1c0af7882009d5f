import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { needProgram } from '../../base/find-program.js'
import { run } from '../../base/run.js'
import type { QemuRecipe } from '../../targets/lib/recipe.js'

/** The recipe with the disk taken out of the archive that it comes in, as the platform does when the archive is given to it. */
export async function unpackDisk(recipe: QemuRecipe, work: string): Promise<QemuRecipe> {
  const { boot } = recipe
  if (boot.from !== 'disk' || boot.member === undefined) return recipe
  const { member, ...disk } = boot
  const folder = join(work, 'unpacked')
  mkdirSync(folder)
  await run(needProgram('tar', 'tar', 'unpack a disk'), ['-x', '-S', '-f', boot.file, '-C', folder, member])
  return { ...recipe, boot: { ...disk, file: join(folder, member) } }
}
