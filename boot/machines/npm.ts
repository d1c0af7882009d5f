import { join } from 'node:path'
import { needProgram } from '../../base/find-program.js'
import { run, start } from '../../base/run.js'
import { temporaryFolder } from '../../base/temporary-folder.js'
import type { NpmRecipe } from '../../targets/lib/recipe.js'
import type { MachineKind } from '../machine.js'
import { processMachine } from '../process-machine.js'

/** A package, installed by npm into an empty folder without a network, and its command. */
const npm: MachineKind<NpmRecipe> = {
  name: 'npm',
  sharesHostPorts: true,
  needs: () => [],
  async start(recipe, options) {
    const work = temporaryFolder('unik-npm-')
    try {
      const install = [
        'install',
        '--prefix',
        work.path,
        '--offline',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
      ]
      await run(needProgram({ program: 'npm', debianPackage: 'npm' }, 'install a package'), [
        ...install,
        recipe.archive,
      ])
    } catch (error) {
      work.remove()
      throw error
    }
    const windows = process.platform === 'win32'
    const command = join(work.path, 'node_modules/.bin', recipe.command + (windows ? '.cmd' : ''))
    const running = await start(command, options.args, { env: options.env, cwd: work.path })
    return processMachine(running, [command, ...options.args], work.remove)
  },
}
export default npm
