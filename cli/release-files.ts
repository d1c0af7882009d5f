import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Artefact } from './pipeline.js'

/**
 * What a release attaches beside its artefacts, over all that lie in the output folder, of this build or of an earlier one:
 * `manifest.json` (each artefact's `unik.json`, by target) and `SHA256SUMS` (for sha256sum -c).
 */
export function writeReleaseFiles(output: string): void {
  const artefacts = readdirSync(output, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(output, entry.name, 'unik.json'))
    .filter((file) => existsSync(file))
    .sort()
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as Artefact)
  const sums = artefacts.flatMap(({ target, files }) =>
    files.map(({ path, sha256 }) => `${sha256}  ${target}/${path}\n`),
  )
  replaceFile(join(output, 'manifest.json'), `${JSON.stringify({ artefacts }, null, 2)}\n`)
  replaceFile(join(output, 'SHA256SUMS'), sums.join(''))
}

// Nobody sees a half-written one.
function replaceFile(file: string, text: string): void {
  const part = `${file}.${process.pid}.part`
  writeFileSync(part, text)
  renameSync(part, file)
}
