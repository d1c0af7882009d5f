import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { sha256File } from '../base/sha256-file.js'
import { UserError } from '../base/user-error.js'
import type { Artefact, ArtefactFile } from './pipeline.js'

/**
 * An artefact that an earlier build wrote, by its folder or by a file in it. Its `unik.json` says what it should be: a file that
 * is missing, truncated or changed since is told by name.
 */
export function openArtefact(path: string, cwd: string): Artefact {
  const artefact = readArtefact(path, cwd)
  for (const file of artefact.files) checkFile(artefact.folder, file)
  return artefact
}

/** As openArtefact, but whether the files are what they should be is left for later. */
export function readArtefact(path: string, cwd: string): Artefact {
  const given = resolve(cwd, path)
  const stat = statSync(given, { throwIfNoEntry: false })
  if (stat === undefined)
    throw new UserError(`no such artefact: ${path}`, { hint: 'build it first: unik build -t NAME ENTRY' })
  const folder = stat.isDirectory() ? given : dirname(given)
  const description = join(folder, 'unik.json')
  if (!existsSync(description))
    throw new UserError(`${path} is not an artefact of unik: there is no unik.json beside it`, {
      hint: 'build one: unik build -t qemu ENTRY, then unik boot dist/qemu',
    })
  const artefact = { ...readDescription(description), folder }
  if (given !== folder && !artefact.files.some((file) => resolve(folder, file.path) === given))
    throw new UserError(`${path} is not one of the files of the artefact in ${relative(cwd, folder) || '.'}`)
  return artefact
}

/** Whether a path given to `unik boot` names an artefact rather than an app's source. */
export function looksLikeArtefact(path: string, cwd: string): boolean {
  const given = resolve(cwd, path)
  const stat = statSync(given, { throwIfNoEntry: false })
  if (stat === undefined) return false
  if (stat.isDirectory()) return existsSync(join(given, 'unik.json'))
  return !/\.[cm]?[jt]sx?$/.test(given)
}

function readDescription(file: string): Artefact {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as Artefact
    if (
      typeof value.target === 'string' &&
      Array.isArray(value.files) &&
      typeof value.facts?.name === 'string' &&
      typeof value.facts.memory?.default === 'number'
    )
      return value
  } catch (error) {
    throw new UserError('unik.json is damaged', { where: file, cause: error })
  }
  throw new UserError('unik.json is not one that unik wrote', { where: file })
}

function checkFile(folder: string, file: ArtefactFile): void {
  const path = join(folder, file.path)
  const stat = statSync(path, { throwIfNoEntry: false })
  const rebuild = { where: path, hint: 'build it again' }
  if (stat === undefined) throw new UserError(`${basename(path)} is missing from the artefact`, rebuild)
  if (stat.size < file.size)
    throw new UserError(`${basename(path)} is truncated: ${stat.size} of ${file.size} bytes`, rebuild)
  // Of an image with holes only what is stored: its gigabytes of zeros would take seconds.
  const wanted = file.stored?.sha256 ?? file.sha256
  if (sha256File(path, file.stored?.parts) !== wanted)
    throw new UserError(`${basename(path)} is not what unik built: its SHA-256 differs`, rebuild)
}
