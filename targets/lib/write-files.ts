import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { archiveOrder, type RootfsEntry } from '../formats/entry.js'

/** The files below a folder, with their modes. */
export function writeFiles(entries: readonly RootfsEntry[], folder: string): void {
  for (const { path, type, mode, data = new Uint8Array() } of archiveOrder(entries)) {
    if (type !== 'file') continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), data, { mode })
  }
}
