import { existsSync } from 'node:fs'
import { start } from '../../base/run.js'
import { Unavailable } from '../../base/unavailable.js'
import { UserError } from '../../base/user-error.js'
import type { ProcessRecipe } from '../../targets/lib/recipe.js'
import type { MachineKind } from '../machine.js'
import { processMachine } from '../process-machine.js'

/** The app ELF as a process of this machine. */
const process_: MachineKind<ProcessRecipe> = {
  name: 'process',
  sharesHostPorts: true,
  needs: () => [],
  async start(recipe, options) {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      throw new Unavailable(
        'Linux on x86_64',
        `a Linux x86_64 program does not run on ${process.platform} ${process.arch}`,
        {
          hint: 'boot it instead: unik boot -t qemu',
        },
      )
    if (!existsSync(recipe.file)) throw new UserError(`no such file: ${recipe.file}`)
    const running = await start(recipe.file, options.args, { env: options.env })
    return processMachine(running, [...assignments(options.env), recipe.file, ...options.args])
  },
}
export default process_

function assignments(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([key, value]) => `${key}=${value}`)
}
