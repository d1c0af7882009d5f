import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { atExit } from './at-exit.js'
import { UserError } from './user-error.js'

/**
 * Lets `write` fill a new folder beside `folder`, then puts it in its place by renaming, so that nobody ever sees a half-written
 * one. When `write` fails or a signal ends us, what it wrote is removed and the old folder stays as it was.
 */
export async function replaceFolder(folder: string, write: (part: string) => Promise<void>): Promise<void> {
  const parent = dirname(folder)
  const part = join(parent, `.${basename(folder)}.${process.pid}.part`)
  const old = join(parent, `.${basename(folder)}.${process.pid}.old`)
  const removePart = makeFolder(part)
  const forget = atExit(removePart)
  try {
    await write(part)
  } catch (error) {
    removePart()
    throw error
  } finally {
    forget()
  }
  try {
    exchange(part, folder, old)
  } catch (error) {
    removePart()
    throw new UserError(`cannot replace ${folder}: ${(error as Error).message}`, {
      hint: 'close what has files open there, or choose another folder: -o DIR',
      cause: error,
    })
  }
  rmSync(old, { recursive: true, force: true })
}

// Windows renames no folder in which something is open.
function exchange(part: string, folder: string, old: string): void {
  const isThere = existsSync(folder)
  if (isThere) renameSync(folder, old)
  try {
    renameSync(part, folder)
  } catch (error) {
    if (isThere) renameSync(old, folder)
    throw error
  }
}

// Returns what removes it again, with the folders above that had to be made.
function makeFolder(folder: string): () => void {
  try {
    const topCreated = mkdirSync(folder, { recursive: true }) ?? folder
    return () => rmSync(topCreated, { recursive: true, force: true })
  } catch (error) {
    throw new UserError(`cannot write into ${dirname(folder)}: ${(error as Error).message}`, {
      hint: 'choose another folder: -o DIR',
      cause: error,
    })
  }
}
