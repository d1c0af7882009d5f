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
  if (looksLikeArtefact(subject, cwd)) return built([readArtefact(subject, cwd)], cwd)
  const there = artefactsIn(resolve(cwd, subject))
  return there === undefined ? buildSubject(request) : built(await choose(there, request), cwd, there)
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

function built(artefacts: readonly Artefact[], root: string, all = artefacts): TestSubject {
  const linux = async () => all.find(({ target }) => target === 'linux')
  return { artefacts, bundleSha256: undefined, root, warnings: [], linux }
}

// What an output folder's manifest lists; undefined: it is none. A project may have a manifest.json of another kind.
function artefactsIn(folder: string): Artefact[] | undefined {
  const file = join(folder, 'manifest.json')
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true || !existsSync(file))
    return undefined
  try {
    const { artefacts } = JSON.parse(readFileSync(file, 'utf8')) as { artefacts?: Artefact[] }
    if (!Array.isArray(artefacts)) return undefined
    return artefacts.map((artefact) => ({ ...artefact, folder: join(folder, artefact.target) }))
  } catch {
    return undefined
  }
}

async function choose(
  there: readonly Artefact[],
  { entries, targets }: BuildRequest,
): Promise<readonly Artefact[]> {
  if (targets.includes('all')) return there
  return (await findTargets(targets)).map(({ name }) => {
    const found = there.find(({ target }) => target === name)
    if (found !== undefined) return found
    throw new UserError(`${entries[0]} holds no artefact for ${name}`, {
      hint: `build it: unik build -t ${name} ENTRY`,
      status: 2,
    })
  })
}
