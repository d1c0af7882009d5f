import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../base/replace-file.js'
import type { Artefact } from './pipeline.js'
import { sbomFile } from './sbom/artefact-contents.js'
import { sha256 } from './sbom/components.js'
import { type Bom, writeBom } from './sbom/cyclonedx.js'
import { releaseSbom } from './sbom/release-sbom.js'

/**
 * What a release attaches beside its artefacts, over all that lie in the output folder, of this build or of an earlier one:
 * `manifest.json` (each artefact's `unik.json`, by target), `sbom.cdx.json` (their SBOMs in one) and `SHA256SUMS` (for sha256sum -c).
 */
export function writeReleaseFiles(output: string): void {
  const artefacts = readdirSync(output, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(output, entry.name, 'unik.json'))
    .filter((file) => existsSync(file))
    .sort()
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as Artefact)
  const bom = Buffer.from(writeBom(releaseSbom(artefacts.flatMap((artefact) => readBom(output, artefact)))))
  const sbom = { path: sbomFile, size: bom.length, sha256: sha256(bom) }
  const sums = artefacts.flatMap(({ target, files }) =>
    files.map(({ path, sha256 }) => `${sha256}  ${target}/${path}\n`),
  )
  replaceFile(join(output, sbomFile), bom)
  replaceFile(join(output, 'manifest.json'), `${JSON.stringify({ sbom, artefacts }, null, 2)}\n`)
  replaceFile(join(output, 'SHA256SUMS'), [...sums, `${sbom.sha256}  ${sbom.path}\n`].join(''))
}

// Artefacts of versions that wrote none have no part in it.
function readBom(output: string, { target, files }: Artefact) {
  const path = `${target}/${sbomFile}`
  const described = files.find((file) => file.path === sbomFile)
  if (described === undefined || !existsSync(join(output, path))) return []
  return [
    { bom: JSON.parse(readFileSync(join(output, path), 'utf8')) as Bom, path, sha256: described.sha256 },
  ]
}
