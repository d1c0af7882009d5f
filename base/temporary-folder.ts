import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from './at-exit.js'

/** A new folder of our own. `remove` removes it; so does the end of this process. */
export function temporaryFolder(prefix: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), prefix))
  // Of what still writes into it somebody else may be about to take its leave.
  const removeNow = () => rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  const forget = atExit(removeNow)
  return {
    path,
    remove() {
      forget()
      removeNow()
    },
  }
}
