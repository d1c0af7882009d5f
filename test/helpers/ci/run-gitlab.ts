import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { tryRun } from '../../../base/run.js'

/** What our pipeline says, of all that docs.gitlab.com's "CI/CD YAML syntax reference" knows. */
interface GitLabJob {
  readonly extends?: string
  readonly stage?: string
  readonly needs?: readonly string[]
  readonly rules?: readonly { readonly if: string }[]
  readonly when?: 'always'
  readonly parallel?: number
  readonly variables?: Readonly<Record<string, string>>
  readonly before_script?: readonly string[]
  readonly script?: readonly string[]
  readonly artifacts?: {
    readonly paths: readonly string[]
    readonly reports?: Readonly<Record<string, string>>
  }
}

export interface GitLabRequest {
  readonly project: string
  /** For the jobs' folders and what they keep. */
  readonly work: string
  /** Predefined variables, such as CI_COMMIT_TAG. */
  readonly variables: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
}

export interface GitLabResult {
  readonly id: string
  readonly name: string
  readonly result: 'success' | 'failed' | 'skipped'
  readonly log: string
  /** What it keeps: those paths of its artifacts that there are. */
  readonly artifacts: string
}

/** Runs the jobs of .gitlab-ci.yml here, as the shell of a runner would, each in a folder and a HOME of its own. */
export async function runGitLab(request: GitLabRequest): Promise<readonly GitLabResult[]> {
  const document = parse(readFileSync(join(request.project, '.gitlab-ci.yml'), 'utf8'))
  const jobs = jobsOf(document)
  const done: GitLabResult[] = []
  for (const stage of document.stages as string[])
    for (const [id, job] of inOrderOfNeeds(jobs.filter(([, each]) => each.stage === stage)))
      if (isWanted(job, request.variables))
        done.push(...(await runAll(id, job, document.variables, done, request)))
  return done
}

function jobsOf(document: Record<string, GitLabJob>): (readonly [string, GitLabJob])[] {
  return Object.entries(document)
    .filter(([name, each]) => each.script !== undefined && !name.startsWith('.'))
    .map(([name, job]) => [name, job.extends === undefined ? job : { ...document[job.extends], ...job }])
}

function inOrderOfNeeds(jobs: readonly (readonly [string, GitLabJob])[]) {
  return jobs.toSorted(
    ([a, jobA], [b, jobB]) => Number(jobA.needs?.includes(b)) - Number(jobB.needs?.includes(a)),
  )
}

// `if: $NAME` holds when there is such a variable.
function isWanted({ rules }: GitLabJob, variables: Readonly<Record<string, string>>): boolean {
  return rules === undefined || rules.some((rule) => (variables[rule.if.replace('$', '')] ?? '') !== '')
}

async function runAll(
  id: string,
  job: GitLabJob,
  variables: Readonly<Record<string, string>>,
  done: readonly GitLabResult[],
  request: GitLabRequest,
): Promise<readonly GitLabResult[]> {
  const needed = done.filter((each) => job.needs?.includes(each.id))
  const total = job.parallel ?? 1
  const results: GitLabResult[] = []
  for (let index = 1; index <= total; index++) {
    const name = job.parallel === undefined ? id : `${id} ${index}/${total}`
    const folder = join(request.work, `${id}-${index}`)
    const artifacts = join(folder, 'artifacts')
    if (job.when !== 'always' && needed.some(({ result }) => result !== 'success'))
      results.push({ id, name, result: 'skipped', log: '', artifacts })
    else {
      const env = { ...request.env, ...request.variables, ...variables, ...job.variables }
      const node = { CI: 'true', CI_NODE_INDEX: String(index), CI_NODE_TOTAL: String(total) }
      results.push({
        id,
        name,
        artifacts,
        ...(await runJob(job, needed, request.project, folder, { ...env, ...node })),
      })
    }
  }
  return results
}

async function runJob(
  job: GitLabJob,
  needed: readonly GitLabResult[],
  project: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<Pick<GitLabResult, 'result' | 'log'>> {
  const [work, home] = [join(folder, 'work'), join(folder, 'home')]
  mkdirSync(home, { recursive: true })
  cpSync(project, work, { recursive: true })
  for (const { artifacts } of needed) if (existsSync(artifacts)) cpSync(artifacts, work, { recursive: true })
  const script = join(folder, 'script.sh')
  writeFileSync(script, [...(job.before_script ?? []), ...(job.script ?? [])].join('\n'))
  const { exitCode, stdout, stderr } = await tryRun('bash', ['-eo', 'pipefail', script], {
    cwd: work,
    env: { ...env, HOME: home },
    timeout: 200_000,
  })
  keep(job, work, join(folder, 'artifacts'))
  return { result: exitCode === 0 ? 'success' : 'failed', log: `${stdout}${stderr}` }
}

function keep({ artifacts }: GitLabJob, work: string, to: string): void {
  const paths = artifacts?.paths ?? []
  for (const path of paths
    .map((each) => each.replace(/\/$/, ''))
    .filter((each) => existsSync(join(work, each)))) {
    mkdirSync(dirname(join(to, path)), { recursive: true })
    cpSync(join(work, path), join(to, path), { recursive: true })
  }
}

/** The files of a job's artifacts, sorted. */
export function filesOf({ artifacts }: GitLabResult): string[] {
  if (!existsSync(artifacts)) return []
  return readdirSync(artifacts, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(artifacts.length + 1))
    .sort()
}
