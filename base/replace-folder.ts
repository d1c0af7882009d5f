import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * Lets `write` fill a new folder beside `folder`, then puts it in its place by renaming, so that nobody ever sees a half-written
 * one. When `write` fails, what it wrote is removed and the old folder stays as it was.
 */
export async function replaceFolder(folder: string, write: (part: string) => Promise<void>): Promise<void> {
  const parent = dirname(folder)
  const part = join(parent, `.${basename(folder)}.${process.pid}.part`)
  const old = join(parent, `.${basename(folder)}.${process.pid}.old`)
  const topCreated = mkdirSync(part, { recursive: true })
  try {
    await write(part)
  } catch (error) {
    rmSync(topCreated ?? part, { recursive: true, force: true })
    throw error
  }
  if (existsSync(folder)) renameSync(folder, old)
  renameSync(part, folder)
  rmSync(old, { recursive: true, force: true })
}
