import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../../base/temporary-folder.js'
import type { SiteRecipe } from '../../targets/lib/recipe.js'
import { chromium, findChromium } from '../browser/browser.js'
import { hostedMachine } from '../hosted-machine.js'
import type { MachineKind } from '../machine.js'

/** A static site in Chromium: what comes to the port is asked by a page of it, and answered by its service worker. */
const site: MachineKind<SiteRecipe> = {
  name: 'site',
  sharesHostPorts: true,
  needs: () => [chromium],
  start(recipe, options) {
    findChromium()
    const program = fileURLToPath(new URL('../browser/host.js', import.meta.url))
    const profile = temporaryFolder('unik-browser-')
    return hostedMachine([program, recipe.folder, profile.path], options.env, profile.remove)
  },
}
export default site
