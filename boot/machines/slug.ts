import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../base/user-error.js'
import type { SlugRecipe } from '../../targets/lib/recipe.js'
import { nobody, runBundle, runc } from '../containers/runc.js'
import { amongOthers, runtimeConfig, writeRuntimeConfig } from '../containers/runtime-config.js'
import { unpackRoot } from '../containers/unpack-root.js'
import type { MachineKind } from '../machine.js'

/** A slug in a dyno (devcenter.heroku.com/articles/dynos): the command of its Procfile, in /app, as a user without rights, with PORT. */
const slug: MachineKind<SlugRecipe> = {
  name: 'slug',
  sharesHostPorts: true,
  needs: () => [runc],
  start: (recipe, options) =>
    runBundle(
      async (work) => {
        const root = await unpackRoot(recipe.archive, work)
        const { type, words } = command(readFileSync(join(root, 'app/Procfile'), 'utf8'))
        const config = runtimeConfig({
          args: [...words, ...options.args],
          env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/app', DYNO: `${type}.1`, ...options.env },
          cwd: '/app',
          user: nobody,
        })
        amongOthers(config)
        writeRuntimeConfig(work, config)
        return work
      },
      { note: "the root holds the slug alone: of Heroku's stack image it needs nothing, not even a shell" },
    ),
}
export default slug

// `web` is what gets requests. Heroku's shell splits the line; without one here, only plain words are taken.
function command(procfile: string): { type: string; words: readonly string[] } {
  const lines = [...procfile.matchAll(/^([\w-]+):\s*(.+)$/gm)]
  const [, type = '', line = ''] = lines.find(([, name]) => name === 'web') ?? lines[0] ?? []
  if (!/^[\w./ =-]+$/.test(line))
    throw new UserError(`a shell is needed for the Procfile's line ${type}: ${line}`)
  return { type, words: line.trim().split(/\s+/) }
}
