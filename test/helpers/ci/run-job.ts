import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { tryRun } from '../../../base/run.js'
import { artifactActions } from './artifact-actions.js'
import { fill, runs, type Scope } from './expressions.js'
import type { Action, Job, JobResult, Step } from './workflow.js'

/** Where a job is run, and what it finds there. */
export interface JobPlace {
  /** What checkout copies. */
  readonly project: string
  /** What jobs upload, one folder an artifact. */
  readonly artifacts: string
  /** Of this job: its workspace, HOME and temporary files. */
  readonly folder: string
  /** The `github` context. */
  readonly github: Readonly<Record<string, string>>
  /** Of every step. */
  readonly env: Readonly<Record<string, string>>
}

interface Running {
  readonly place: JobPlace
  readonly workspace: string
  readonly steps: Record<string, { outputs: Record<string, string> }>
  log: string
  status: Scope['status']
}

/** Runs a job's steps; whatever they do, it has an end. */
export async function runJob(
  job: Job,
  contexts: Readonly<Record<string, unknown>>,
  place: JobPlace,
): Promise<Pick<JobResult, 'result' | 'outputs' | 'log' | 'summary'>> {
  const job_: Running = {
    place,
    workspace: join(place.folder, 'work'),
    steps: {},
    log: '',
    status: 'success',
  }
  for (const name of ['work', 'home', 'temp']) mkdirSync(join(place.folder, name), { recursive: true })
  await runSteps(job.steps, { ...contexts, steps: job_.steps }, job_)
  const scope = { status: job_.status, contexts: { ...contexts, steps: job_.steps } }
  const outputs = Object.entries(job.outputs ?? {}).map(([key, value]) => [key, fill(value, scope)])
  const summary = join(place.folder, 'summary')
  return {
    result: job_.status,
    outputs: Object.fromEntries(outputs),
    log: job_.log,
    summary: existsSync(summary) ? readFileSync(summary, 'utf8') : '',
  }
}

async function runSteps(
  steps: readonly Step[],
  contexts: Readonly<Record<string, unknown>>,
  job: Running,
): Promise<void> {
  for (const step of steps) {
    const scope: Scope = { status: job.status, contexts }
    if (!runs(step.if, scope)) continue
    const done =
      step.uses === undefined
        ? await runScript(step, scope, job)
        : await runAction(step, step.uses, scope, job)
    if (!done) job.status = 'failure'
  }
}

async function runAction(step: Step, uses: string, scope: Scope, job: Running): Promise<boolean> {
  const given = Object.entries(step.with ?? {}).map(([key, value]) => [key, fill(String(value), scope)])
  const inputs = Object.fromEntries(given) as Record<string, string>
  job.log += `\n== ${uses} ${JSON.stringify(inputs)}\n`
  if (!uses.startsWith('./')) {
    const told = artifactActions(uses, inputs, job.place, job.workspace)
    job.log += told.log
    return told.done
  }
  const action = parse(readFileSync(join(job.workspace, uses, 'action.yml'), 'utf8')) as Action
  const unknown = Object.keys(inputs).find((key) => action.inputs[key] === undefined)
  if (unknown !== undefined) throw new Error(`${uses} has no input ${unknown}`)
  const defaults = Object.fromEntries(Object.entries(action.inputs).map(([key, each]) => [key, each.default]))
  await runSteps(
    action.runs.steps,
    { github: scope.contexts.github, inputs: { ...defaults, ...inputs } },
    job,
  )
  return job.status === 'success'
}

async function runScript(step: Step, scope: Scope, job: Running): Promise<boolean> {
  const { place, workspace } = job
  const files = Object.fromEntries(
    ['output', 'env', 'path', 'summary'].map((name) => [name, join(place.folder, name)]),
  ) as Record<'output' | 'env' | 'path' | 'summary', string>
  for (const name of ['output', 'env', 'path'] as const) writeFileSync(files[name], '')
  const script = join(place.folder, 'script.sh')
  writeFileSync(script, fill(step.run ?? '', scope))
  const result = await tryRun('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    cwd: join(workspace, fill(step['working-directory'] ?? '.', scope)),
    env: { ...place.env, ...environment(step, scope), ...variables(files, place) },
    timeout: 200_000,
  })
  job.log += `\n$ ${readFileSync(script, 'utf8')}${result.stdout}${result.stderr}`
  if (readFileSync(files.env, 'utf8') + readFileSync(files.path, 'utf8') !== '')
    throw new Error('GITHUB_ENV and GITHUB_PATH are not understood here')
  if (step.id !== undefined) job.steps[step.id] = { outputs: assignments(readFileSync(files.output, 'utf8')) }
  return result.exitCode === 0
}

function environment(step: Step, scope: Scope): Record<string, string> {
  const all = { ...((scope.contexts.env ?? {}) as object), ...step.env }
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, fill(String(value), scope)]))
}

function variables(
  files: Readonly<Record<string, string>>,
  { github, folder }: JobPlace,
): Record<string, string> {
  const told = Object.entries(github).map(([key, value]) => [`GITHUB_${key.toUpperCase()}`, value])
  return {
    ...Object.fromEntries(told.filter(([key]) => key !== 'GITHUB_TOKEN')),
    ...{ CI: 'true', GITHUB_ACTIONS: 'true', HOME: join(folder, 'home'), RUNNER_TEMP: join(folder, 'temp') },
    ...{ GITHUB_OUTPUT: files.output ?? '', GITHUB_ENV: files.env ?? '', GITHUB_PATH: files.path ?? '' },
    GITHUB_STEP_SUMMARY: files.summary ?? '',
  }
}

// `NAME=VALUE`, or `NAME<<END`, lines, `END`.
function assignments(text: string): Record<string, string> {
  const found: Record<string, string> = {}
  const lines = text.split('\n')
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [, name = '', operator, rest = ''] = /^(\w+)(=|<<)(.*)$/.exec(line) ?? []
    if (operator === '=') found[name] = rest
    if (operator === '<<')
      found[name] = lines
        .splice(0, lines.indexOf(rest) + 1)
        .slice(0, -1)
        .join('\n')
  }
  return found
}
