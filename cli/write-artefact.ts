import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { filesBelow } from '../base/files-below.js'
import { replaceFolder } from '../base/replace-folder.js'
import { sha256File } from '../base/sha256-file.js'
import { sha256InBackground } from '../base/sha256-in-background.js'
import type { StoredParts } from '../targets/formats/stored-parts.js'
import type { BuildFacts, Target } from '../targets/lib/target.js'
import type { TargetOptions } from './config/config.js'
import { optionValues } from './config/option-values.js'
import { needOwnFolder } from './own-folder.js'
import type { Artefact, ArtefactFile } from './pipeline.js'
import { watchArtefact } from './sbom/artefact-contents.js'
import type { Unwatched } from './sbom/contents.js'
import type { Programs } from './several.js'

/** What is the same for all targets. */
export interface Work {
  readonly made: Unwatched
  /** Undefined for `--rootfs` builds. */
  readonly program: Programs | undefined
  readonly options: TargetOptions
  readonly appSha256: string | undefined
  /** The folder that gets one folder for each target. */
  readonly output: string
}

/**
 * Every target's artefact, in the targets' order. While images with large holes are hashed, the next targets write.
 * After a failure nothing more is begun.
 */
export async function writeArtefacts(targets: readonly Target[], work: Work): Promise<Artefact[]> {
  for (const { name } of targets) needOwnFolder(join(work.output, name))
  const begun: Promise<Artefact>[] = []
  try {
    for (const target of targets) {
      const artefact = writeArtefact(target, work)
      begun.push(artefact)
      await Promise.race([artefact, setImmediate()]) // which lets threads report
    }
    return await Promise.all(begun)
  } finally {
    await Promise.allSettled(begun)
  }
}

async function writeArtefact(target: Target, work: Work): Promise<Artefact> {
  const { made, program, options, appSha256, output } = work
  const watched = watchArtefact(made, program, target)
  const folder = join(output, target.name)
  const { name, port, ports } = made
  const apps = made.apps.map(({ name, route }) => ({ name, route }))
  const memory = target.memory?.(watched.build) ?? made.memory
  const facts: BuildFacts = { name, port, ports, ...(apps.length > 0 && { apps }), memory }
  const described = { target: target.name, layer: target.layer, carries: target.carries, facts }
  const before = filesBefore(folder)
  let files: readonly ArtefactFile[] = []
  await replaceFolder(folder, async (part) => {
    const stored = (await target.write(watched.build, part, optionValues(target, options))) ?? {}
    watched.writeNotices(part)
    const written = await Promise.all(
      filesBelow(part).map((path) => describeFile(part, path, stored[path], before)),
    )
    files = [...written, watched.writeSbom(part, written)]
    writeFileSync(join(part, 'unik.json'), `${JSON.stringify({ ...described, appSha256, files }, null, 2)}\n`)
  })
  return { ...described, folder, files, appSha256 }
}

/** SHA-256 of a GiB takes half a second, zeros or not. */
const longToHash = 1 << 26

async function describeFile(
  folder: string,
  path: string,
  stored: StoredParts | undefined,
  before: readonly ArtefactFile[],
): Promise<ArtefactFile> {
  const file = join(folder, path)
  const { size } = statSync(file)
  if (stored === undefined || size < longToHash)
    return { path, size, sha256: sha256File(file), ...(stored && { stored }) }
  // The same bytes at the same places of a file of the same size: the same file.
  const same = before.find((each) => each.size === size && isDeepStrictEqual(each.stored, stored))
  const sha256 = same?.sha256 ?? (await sha256InBackground({ path: file, size, parts: stored.parts }))
  return { path, size, sha256, stored }
}

/** What the last build into the folder wrote; nothing where there is none, or none that can be read. */
function filesBefore(folder: string): readonly ArtefactFile[] {
  try {
    const { files } = JSON.parse(readFileSync(join(folder, 'unik.json'), 'utf8')) as { files: ArtefactFile[] }
    return files.filter(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))
  } catch {
    return []
  }
}
