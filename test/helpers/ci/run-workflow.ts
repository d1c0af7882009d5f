import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { evaluate, fill, runs, type Scope } from './expressions.js'
import { type JobPlace, runJob } from './run-job.js'
import type { Job, JobResult, Workflow } from './workflow.js'

/** What GitHub would give a run. */
export interface WorkflowRequest extends Omit<JobPlace, 'folder'> {
  /** The workflow, below the project. */
  readonly file: string
  /** For the jobs' folders. */
  readonly work: string
}

/** Runs a workflow's jobs here, each in a folder and a HOME of its own, in the order of `needs`; of a matrix one after the other. */
export async function runWorkflow(request: WorkflowRequest): Promise<readonly JobResult[]> {
  const workflow = parse(readFileSync(join(request.project, request.file), 'utf8')) as Workflow
  const done: JobResult[] = []
  const waiting = new Map(Object.entries(workflow.jobs))
  while (waiting.size > 0) {
    const [id, job] = [...waiting].find(([, each]) => needsOf(each).every((need) => !waiting.has(need))) ?? []
    if (id === undefined || job === undefined)
      throw new Error(`jobs wait for each other: ${[...waiting.keys()]}`)
    waiting.delete(id)
    done.push(...(await runAll(id, job, workflow, done, request)))
  }
  return done
}

async function runAll(
  id: string,
  job: Job,
  workflow: Workflow,
  done: readonly JobResult[],
  request: WorkflowRequest,
): Promise<readonly JobResult[]> {
  const needed = needsOf(job).flatMap((need) => done.filter((each) => each.id === need))
  const scope: Scope = {
    status: needed.every(({ result }) => result === 'success') ? 'success' : 'failure',
    contexts: { github: request.github, needs: contextOf(needed) },
  }
  if (!runs(job.if, scope)) return [{ id, name: id, result: 'skipped', outputs: {}, log: '', summary: '' }]
  const { include } = (
    job.strategy === undefined ? { include: [{}] } : evaluate(job.strategy.matrix, scope)
  ) as { include: readonly object[] }
  const results: JobResult[] = []
  for (const [index, matrix] of include.entries()) {
    const contexts = { ...scope.contexts, matrix, strategy: { 'job-index': index }, env: workflow.env ?? {} }
    const name = fill(job.name ?? id, { status: 'success', contexts })
    const place = { ...request, folder: join(request.work, `${id}-${index}`) }
    results.push({ id, name, ...(await runJob(job, contexts, place)) })
  }
  return results
}

function needsOf({ needs = [] }: Job): readonly string[] {
  return typeof needs === 'string' ? [needs] : needs
}

// Of the jobs of a matrix one that failed makes all fail.
function contextOf(needed: readonly JobResult[]): Record<string, Pick<JobResult, 'result' | 'outputs'>> {
  const context: Record<string, Pick<JobResult, 'result' | 'outputs'>> = {}
  for (const { id, result, outputs } of needed)
    if (context[id] === undefined || context[id].result === 'success') context[id] = { result, outputs }
  return context
}
