import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../base/user-error.js'

/** An artefact's folder is replaced as a whole: it must be one that we have written, empty, or not there. */
export function needOwnFolder(folder: string): void {
  const isFree = !existsSync(folder) || (statSync(folder).isDirectory() && readdirSync(folder).length === 0)
  if (isFree || existsSync(join(folder, 'unik.json'))) return
  throw new UserError(`${folder} is not an artefact of unik: it would be replaced with all that is in it`, {
    hint: 'remove it, or choose another folder: -o DIR',
  })
}
