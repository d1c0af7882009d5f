import { fileURLToPath } from 'node:url'
import { start } from '../../base/run.js'
import type { SiteRecipe } from '../../targets/lib/recipe.js'
import { findChromium } from '../browser/browser.js'
import type { MachineKind } from '../machine.js'
import { processMachine } from '../process-machine.js'

/** A static site in Chromium: what comes to the port is asked by a page of it, and answered by its service worker. */
const site: MachineKind<SiteRecipe> = {
  name: 'site',
  sharesHostPorts: true,
  async start(recipe, options) {
    findChromium()
    const program = fileURLToPath(new URL('../browser/host.js', import.meta.url))
    const args = [program, recipe.folder]
    const running = await start(process.execPath, args, { env: options.env })
    return processMachine(running, [process.execPath, ...args])
  },
}
export default site
