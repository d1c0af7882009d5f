import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UserError } from '../base/user-error.js'
import { looksLikeArtefact, readArtefact } from './artefact.js'
import { projectRoot } from './config/load.js'
import { type Artefact, type BuildRequest, build } from './pipeline.js'
import { findTargets } from './targets.js'

/** What is to be tested: artefacts, and the project whose tests they shall pass. */
export interface TestSubject {
  readonly artefacts: readonly Artefact[]
  readonly bundleSha256: string | undefined
  readonly root: string
  readonly warnings: readonly string[]
  /** The same app as a Linux program: of the artefacts, else made in this folder; undefined: there is none. */
  linux(folder: string): Promise<Artefact | undefined>
}

/** Builds, unless the one entry is what an earlier build left: that is tested as it is, with the tests of the project in `cwd`. */
export async function testSubject(request: BuildRequest): Promise<TestSubject> {
  const { entries, cwd } = request
  const [subject, ...others] = entries
  if (subject === undefined || others.length > 0 || request.rootfs !== undefined) return buildSubject(request)
  if (looksLikeArtefact(subject, cwd)) return builtSubject([readArtefact(subject, cwd)], cwd)
  const folder = resolve(cwd, subject)
  const there = listedIn(folder)
  if (there === undefined) return buildSubject(request)
  if (there.length === 0)
    throw new UserError('manifest.json lists no artefact', { where: folder, hint: 'build them: unik build' })
  const chosen = (await choose(there, request)).map((target) => listed(folder, target))
  const linux = there.find((target) => target === 'linux' && looksLikeArtefact(target, folder))
  return builtSubject(chosen, cwd, linux === undefined ? chosen : [listed(folder, linux)])
}

async function buildSubject(request: BuildRequest): Promise<TestSubject> {
  const { entries, rootfs, cwd } = request
  const { artefacts, bundle, warnings } = await build(request)
  const root = rootfs === undefined ? projectRoot(entries[0], cwd) : cwd
  const linux = async (output: string) => {
    const found = artefacts.find(({ target }) => target === 'linux')
    if (found !== undefined || rootfs !== undefined) return found
    return (await build({ ...request, targets: ['linux'], output })).artefacts[0]
  }
  return { artefacts, bundleSha256: bundle?.sha256, root, warnings, linux }
}

function builtSubject(artefacts: readonly Artefact[], root: string, others = artefacts): TestSubject {
  const linux = async () => others.find(({ target }) => target === 'linux')
  const apps = new Set(artefacts.flatMap(({ appSha256 }) => appSha256 ?? []))
  const warnings = apps.size > 1 ? [`these artefacts are of ${apps.size} builds of the app`] : []
  return { artefacts, bundleSha256: undefined, root, warnings, linux }
}

// The targets that an output folder's manifest lists; undefined: it is none. A project may have a manifest.json of another kind.
function listedIn(folder: string): string[] | undefined {
  const file = join(folder, 'manifest.json')
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true || !existsSync(file))
    return undefined
  try {
    const { artefacts } = JSON.parse(readFileSync(file, 'utf8')) as { artefacts?: Artefact[] }
    return Array.isArray(artefacts) ? artefacts.map(({ target }) => String(target)) : undefined
  } catch {
    return undefined
  }
}

// Of an artefact its own unik.json tells; what the manifest copied from it may be of another.
function listed(folder: string, target: string): Artefact {
  const artefact = readArtefact(join(folder, target), folder)
  if (artefact.target === target) return artefact
  throw new UserError(`manifest.json calls an artefact ${target} that is one for ${artefact.target}`, {
    where: folder,
  })
}

async function choose(
  there: readonly string[],
  { entries, targets }: BuildRequest,
): Promise<readonly string[]> {
  if (targets.includes('all')) return there
  return (await findTargets(targets)).map(({ name }) => {
    if (there.includes(name)) return name
    throw new UserError(`${entries[0]} holds no artefact for ${name}`, {
      hint: `build it: unik build -t ${name} ENTRY`,
      status: 2,
    })
  })
}
