import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { needProgram } from '../../base/find-program.js'
import { start } from '../../base/run.js'
import { UserError } from '../../base/user-error.js'
import type { AppEngineRecipe } from '../../targets/lib/recipe.js'
import type { MachineKind } from '../machine.js'
import { processMachine } from '../process-machine.js'
import { readYaml } from '../yaml.js'

/** A folder as an instance of App Engine's standard environment: the entry point and the variables of its app.yaml, and PORT. */
const appengine: MachineKind<AppEngineRecipe> = {
  name: 'appengine',
  sharesHostPorts: true,
  needs: () => [],
  async start(recipe, options) {
    const settings = readYaml(readFileSync(join(recipe.folder, 'app.yaml'), 'utf8')) as AppYaml
    const [program = '', ...words] = settings.entrypoint.split(' ')
    if (program !== 'node')
      throw new UserError(`app.yaml's entrypoint is not one of Node.js: ${settings.entrypoint}`)
    const args = [...words, ...options.args]
    const env = { NODE_ENV: 'production', GAE_ENV: 'standard', ...settings.env_variables, ...options.env }
    const node = needProgram({ program: 'node', debianPackage: 'nodejs' }, 'run a Node.js app')
    const running = await start(node, args, { cwd: recipe.folder, env })
    return processMachine(running, [node, ...args])
  },
}
export default appengine

interface AppYaml {
  readonly entrypoint: string
  readonly env_variables?: Readonly<Record<string, string>>
}
