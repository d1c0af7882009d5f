import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of the suite's own, made before its first test and removed after its last. Call it inside `describe`. */
export function scratchFolder(): () => string {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'unik-test-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  return () => folder
}
