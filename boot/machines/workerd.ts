import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../../base/find-program.js'
import { packageRoot } from '../../base/package-root.js'
import { start } from '../../base/run.js'
import { Unavailable } from '../../base/unavailable.js'
import type { WorkerdRecipe } from '../../targets/lib/recipe.js'
import type { MachineKind } from '../machine.js'
import { processMachine } from '../process-machine.js'

/** workerd with one of its sockets moved to the port that is asked for. */
const workerd: MachineKind<WorkerdRecipe> = {
  name: 'workerd',
  sharesHostPorts: true,
  needs: () => [workerdPackage],
  async start(recipe, options) {
    const program = workerdProgram()
    const address = `${recipe.socket}=127.0.0.1:${options.env.PORT ?? '8080'}`
    const args = ['serve', recipe.configuration, '--socket-addr', address]
    const running = await start(program, args)
    return processMachine(running, [program, ...args])
  },
}
export default workerd

const workerdPackage = { npmPackage: 'workerd' }

/** The program itself: npm's command is a script around it, which signals would not get through. */
function workerdProgram(): string {
  const folders = [process.cwd(), packageRoot].map((folder) => join(folder, 'node_modules/@cloudflare'))
  const files = folders.map((folder) => join(folder, 'workerd-linux-64/bin/workerd'))
  const found = files.find((file) => existsSync(file)) ?? findProgram('workerd')
  if (found !== undefined) return found
  throw new Unavailable(
    `the npm package ${workerdPackage.npmPackage}`,
    'workerd is not installed, and it is needed to run a worker',
    {
      hint: `install it: npm install ${workerdPackage.npmPackage}`,
    },
  )
}
