import { fileURLToPath } from 'node:url'
import { start } from '../../base/run.js'
import type { SiteRecipe } from '../../targets/lib/recipe.js'
import type { MachineKind } from '../machine.js'
import { processMachine } from '../process-machine.js'

/** A static site on a web server of this machine, for a browser to be pointed at. */
const site: MachineKind<SiteRecipe> = {
  name: 'site',
  sharesHostPorts: true,
  async start(recipe, options) {
    const program = fileURLToPath(new URL('../site-server.js', import.meta.url))
    const args = [program, recipe.folder]
    const running = await start(process.execPath, args, { env: options.env })
    return processMachine(running, [process.execPath, ...args])
  },
}
export default site
