import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from './at-exit.js'

/** A new folder of our own. `remove` removes it; so does the end of this process. */
export function temporaryFolder(prefix: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), prefix))
  const removeNow = () => rmSync(path, { recursive: true, force: true })
  const forget = atExit(removeNow)
  return {
    path,
    remove() {
      forget()
      removeNow()
    },
  }
}
