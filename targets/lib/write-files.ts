import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { writeContent } from '../formats/content.js'
import { type ArchiveEntry, archiveOrder } from '../formats/entry.js'

/** The files below a folder, with their modes. */
export function writeFiles(entries: readonly ArchiveEntry[], folder: string): void {
  for (const { path, type, mode, data = new Uint8Array() } of archiveOrder(entries)) {
    if (type !== 'file') continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeContent(join(folder, path), data, mode)
  }
}
