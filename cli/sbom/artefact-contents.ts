import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Build, Target } from '../../targets/lib/target.js'
import type { ArtefactFile } from '../pipeline.js'
import type { Programs } from '../several.js'
import { artefactSbom } from './artefact-sbom.js'
import { self, sha256 } from './components.js'
import { type Contents, type Unwatched, watchBuild } from './contents.js'
import { writeBom } from './cyclonedx.js'
import { linkedIn } from './linked.js'
import { writeNotices } from './notices.js'

export const sbomFile = 'sbom.cdx.json'
const noticesFile = 'NOTICES.txt'

/** A build for one target, and what tells of the artefact that the target has made of it. */
export interface WatchedBuild {
  readonly build: Build
  /** NOTICES.txt, when the target has written its files. */
  writeNotices(folder: string): void
  /** The SBOM, over all `files`. */
  writeSbom(folder: string, files: readonly ArtefactFile[]): ArtefactFile
}

/** `program` is undefined for `--rootfs` builds. */
export function watchArtefact(made: Unwatched, program: Programs | undefined, target: Target): WatchedBuild {
  const noticesOf = (contents: Contents) => notices(made, program, contents)
  const { build, contents } = watchBuild(made, target.carries, noticesOf)
  return {
    build,
    writeNotices: (folder) => writeFileSync(join(folder, noticesFile), noticesOf(contents)),
    writeSbom(folder, files) {
      const data = Buffer.from(writeBom(artefactSbom({ made, program, target, contents, files })))
      writeFileSync(join(folder, sbomFile), data)
      return { path: sbomFile, size: data.length, sha256: sha256(data) }
    },
  }
}

function notices(made: Unwatched, program: Programs | undefined, contents: Contents): Uint8Array {
  const images = [...(contents.program && made.elf !== undefined ? [made.elf] : []), ...contents.kernels]
  const packages = contents.program || contents.bundle ? (program?.packages ?? []) : []
  const works = new Set(images.flatMap((image) => linkedIn(image).works))
  const hasOurs = images.length > 0 || contents.standIns.length > 0
  return writeNotices(hasOurs ? [self(), ...works] : works, packages)
}
