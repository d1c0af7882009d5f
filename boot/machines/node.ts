import { join } from 'node:path'
import { needProgram } from '../../base/find-program.js'
import { run, start } from '../../base/run.js'
import { temporaryFolder } from '../../base/temporary-folder.js'
import type { NodeRecipe } from '../../targets/lib/recipe.js'
import type { MachineKind } from '../machine.js'
import { processMachine } from '../process-machine.js'

/** A JavaScript program, run by the Node.js that runs us. */
const node: MachineKind<NodeRecipe> = {
  name: 'node',
  sharesHostPorts: true,
  async start(recipe, options) {
    const work = recipe.archive === undefined ? undefined : temporaryFolder('unik-node-')
    const file = join(work?.path ?? '', recipe.file)
    try {
      if (work !== undefined && recipe.archive !== undefined) await unpack(recipe.archive, work.path)
    } catch (error) {
      work?.remove()
      throw error
    }
    const running = await start(process.execPath, [file, ...options.args], { env: options.env })
    return processMachine(running, [process.execPath, file, ...options.args], () => work?.remove())
  },
}
export default node

function unpack(archive: string, folder: string): Promise<unknown> {
  const program = archive.endsWith('.zip')
    ? needProgram('bsdtar', 'libarchive-tools', 'unpack .zip files')
    : needProgram('tar', 'tar', 'unpack the package')
  return run(program, ['-xf', archive, '-C', folder])
}
