import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { JobPlace } from './run-job.js'

interface Told {
  readonly done: boolean
  readonly log: string
}

type Inputs = Readonly<Record<string, string>>

/** What the service's own actions do, done with folders. */
export function artifactActions(uses: string, inputs: Inputs, place: JobPlace, workspace: string): Told {
  const [name = ''] = uses.split('@')
  const action = actions[name]
  if (action === undefined) throw new Error(`no stand-in for ${uses}`)
  return action(inputs, place, workspace)
}

const fine: Told = { done: true, log: '' }

const actions: Readonly<Record<string, (inputs: Inputs, place: JobPlace, workspace: string) => Told>> = {
  'actions/checkout'(_inputs, { project }, workspace) {
    cpSync(project, workspace, { recursive: true })
    return fine
  },
  // Node.js is there.
  'actions/setup-node': () => fine,
  // A file stands in it by its name, a folder by what is in it.
  'actions/upload-artifact'({ name = 'artifact', path = '', ...more }, { artifacts }, workspace) {
    const from = join(workspace, path)
    if (!existsSync(from)) return { done: more['if-no-files-found'] !== 'error', log: `no files: ${path}\n` }
    const to = join(artifacts, name)
    if (existsSync(to)) return { done: false, log: `an artifact ${name} is there already\n` }
    if (statSync(from).isDirectory()) cpSync(from, to, { recursive: true })
    else {
      mkdirSync(to, { recursive: true })
      cpSync(from, join(to, basename(from)))
    }
    forgetModes(to)
    return fine
  },
  // By a pattern, each comes in a folder of its name.
  'actions/download-artifact'({ name, pattern, path = '.' }, { artifacts }, workspace) {
    const to = join(workspace, path)
    if (name !== undefined && !existsSync(join(artifacts, name)))
      return { done: false, log: `no artifact ${name}\n` }
    if (name !== undefined) cpSync(join(artifacts, name), to, { recursive: true })
    const prefix = pattern?.replace(/\*$/, '')
    if (prefix === undefined || !existsSync(artifacts)) return fine
    for (const each of readdirSync(artifacts).filter((each) => each.startsWith(prefix)))
      cpSync(join(artifacts, each), join(to, each), { recursive: true })
    return fine
  },
  // Signed by the service; here it is told what would have been.
  'actions/attest-build-provenance'(inputs, _place, workspace) {
    const path = inputs['subject-path'] ?? ''
    const subjects = readdirSync(join(workspace, dirname(path)))
    return { done: subjects.length > 0, log: `subjects: ${subjects.sort().join(' ')}\n` }
  },
}

// The service keeps files in a zip archive without their modes.
function forgetModes(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) chmodSync(join(entry.parentPath, entry.name), 0o644)
}
