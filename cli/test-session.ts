import { existsSync } from 'node:fs'
import { availableParallelism, freemem } from 'node:os'
import { join } from 'node:path'
import { temporaryFolder } from '../base/temporary-folder.js'
import { UserError } from '../base/user-error.js'
import { inTableOrder } from '../boot/report/layers.js'
import type { TestReport, TestRow, TestRun } from '../boot/report/test-report.js'
import { runChild } from '../boot/suite/run-child.js'
import { schedule, type Task } from '../boot/suite/schedule.js'
import { worstOf } from '../boot/suite/worst.js'
import type { Layer } from '../targets/lib/target.js'
import type { Artefact, BuildRequest } from './pipeline.js'
import { recordReference } from './reference.js'
import { sizeOnDisk } from './size-on-disk.js'
import { compileSuite, findSuite, givenSuite } from './suite-files.js'
import { findTargets } from './targets.js'
import { childRun, memoryOf, type Plan, type Shared } from './test-run.js'
import { testSubject } from './test-subject.js'
import { waysOf } from './ways.js'

/** What `unik test` was asked for. `entries`: also, as the only one, an artefact, or a folder with artefacts. */
export interface TestRequest extends BuildRequest {
  /** Only this of each platform's ways. */
  readonly way: string | undefined
  /** Test files in place of the project's own. */
  readonly suite: readonly string[]
  readonly accel: 'auto' | 'tcg' | 'kvm'
  /** Seconds that each wait may take. */
  readonly timeout: number
  /** Words for the kernels of the rows that are machines. */
  readonly kernelWords: readonly string[]
  /** Whether rows that are machines are started once more to count instructions. */
  readonly count: boolean
  /** Runs at once; undefined: one a core. */
  readonly jobs: number | undefined
  /** Ends the test early: what has not run is told as skipped. */
  readonly stop: AbortSignal
  readonly onNote?: (text: string) => void
  /** What will be tested is built. */
  readonly onRows?: (rows: readonly { readonly target: string; readonly layer: Layer }[]) => void
  readonly onStart?: (target: string) => void
  readonly onRow?: (row: TestRow) => void
}

/** Builds, starts every row as its platform would, and runs the same suite against each. */
export async function runTests(request: TestRequest): Promise<TestReport> {
  const started = performance.now()
  const given = givenSuite(request.suite, request.cwd)
  const subject = await testSubject(request)
  for (const warning of subject.warnings) request.onNote?.(`warning: ${warning}`)
  const files = given.length > 0 ? given : findSuite(subject.root)
  const work = temporaryFolder('unik-test-')
  try {
    const plans = inTableOrder(await makePlans(subject.artefacts, request.way))
    const suite = await compileSuite(files, work.path)
    const reference = suite.length > 0 ? undefined : await recordReference(subject)
    request.onRows?.(plans.map(({ artefact: { target }, layer }) => ({ target, layer })))
    const rows = await runPlans(plans, { request, suite, reference, root: subject.root, work: work.path })
    const [first] = subject.artefacts
    return {
      app: first?.facts.name ?? '',
      appSha256: first?.appSha256,
      bundleSha256: subject.bundleSha256,
      rows,
      milliseconds: Math.round(performance.now() - started),
      interrupted: request.stop.aborted,
      endedAt: new Date().toISOString(),
    }
  } finally {
    work.remove()
  }
}

/** With `way`, rows that have no way of that name are left out. */
async function makePlans(artefacts: readonly Artefact[], way: string | undefined): Promise<readonly Plan[]> {
  const plans = await Promise.all(
    artefacts.map(async (artefact): Promise<Plan[]> => {
      const [target] = await findTargets([artefact.target])
      const ways = (await waysOf(artefact)).filter(({ name }) => way === undefined || sameName(name, way))
      return target === undefined || ways.length === 0
        ? []
        : [{ artefact, layer: target.layer, proof: target.proof, ways }]
    }),
  )
  if (plans.flat().length > 0 || way === undefined) return plans.flat()
  throw new UserError(`no target is started as ${JSON.stringify(way)}`, { status: 2 })
}

async function runPlans(plans: readonly Plan[], shared: Shared): Promise<TestRow[]> {
  const { request } = shared
  const rows = new Map<Plan, TestRun[]>(plans.map((plan) => [plan, []]))
  const tasks = plans.flatMap((plan) =>
    plan.ways.map((way): Task<void> => {
      const { artefact } = plan
      return {
        memory: memoryOf(artefact, way),
        async run() {
          request.onStart?.(artefact.target)
          const runs = rows.get(plan) ?? []
          runs[plan.ways.indexOf(way)] = await runChild(childRun(plan, way, shared), request.stop)
          if (runs.filter(Boolean).length === plan.ways.length) request.onRow?.(rowOf(plan, runs))
        },
      }
    }),
  )
  await schedule(tasks, request.jobs ?? availableParallelism(), freeMemory() / 2 ** 20)
  return [...rows].map(([plan, runs]) => rowOf(plan, runs))
}

/** Bytes. Where this process may take less than the machine has, as in a container, that. */
function freeMemory(): number {
  const { availableMemory } = process as { availableMemory?(): number } // since Node.js 20.13
  return Math.min(freemem(), availableMemory?.() ?? Number.POSITIVE_INFINITY)
}

function rowOf({ artefact, layer, proof }: Plan, runs: readonly TestRun[]): TestRow {
  const { target, carries, appSha256 } = artefact
  const [first] = runs
  return {
    ...{ target, layer, carries, proof, ...worstOf(runs), size: sizeOf(artefact), appSha256 },
    firstOutputMs: first?.firstOutputMs,
    firstResponseMs: first?.firstResponseMs,
    runs,
  }
}

function sizeOf({ folder, files }: Artefact): number {
  const own = files.filter(({ path }) => path !== 'NOTICES.txt').map(({ path }) => join(folder, path))
  return Math.max(0, ...own.filter((file) => existsSync(file)).map(sizeOnDisk))
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
