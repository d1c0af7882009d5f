import { existsSync } from 'node:fs'
import { availableParallelism, freemem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { quote } from '../base/run.js'
import { temporaryFolder } from '../base/temporary-folder.js'
import { UserError } from '../base/user-error.js'
import { inTableOrder } from '../boot/report/layers.js'
import type { TestReport, TestRow, TestRun } from '../boot/report/test-report.js'
import { type ChildRun, runChild } from '../boot/suite/run-child.js'
import type { Reference, RunOrder } from '../boot/suite/run-order.js'
import { schedule, type Task } from '../boot/suite/schedule.js'
import { worstOf } from '../boot/suite/worst.js'
import type { Way } from '../targets/lib/recipe.js'
import type { Layer, Proof } from '../targets/lib/target.js'
import type { Artefact } from './pipeline.js'
import { recordReference } from './reference.js'
import { sizeOnDisk } from './size-on-disk.js'
import { compileSuite, findSuite, givenSuite } from './suite-files.js'
import { findTargets } from './targets.js'
import type { ChildMessage } from './test-child.js'
import { type SubjectRequest, testSubject } from './test-subject.js'
import { waysOf } from './ways.js'

/** What `unik test` was asked for. */
export interface TestRequest extends SubjectRequest {
  /** Only this of each platform's ways. */
  readonly way: string | undefined
  /** Test files in place of the project's own. */
  readonly suite: readonly string[]
  readonly accel: 'auto' | 'tcg' | 'kvm'
  /** Seconds that each wait may take. */
  readonly timeout: number
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

/** One artefact, and each of its platform's ways to start it. */
interface Plan {
  readonly artefact: Artefact
  readonly layer: Layer
  readonly proof: Proof
  readonly ways: readonly Way[]
}

/** Builds, starts every row as its platform would, and runs the same suite against each. */
export async function runTests(request: TestRequest): Promise<TestReport> {
  const started = performance.now()
  const subject = await testSubject(request)
  for (const warning of subject.warnings) request.onNote?.(`warning: ${warning}`)
  const files = request.suite.length > 0 ? givenSuite(request.suite, request.cwd) : findSuite(subject.root)
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

interface Shared {
  readonly request: TestRequest
  readonly suite: readonly string[]
  readonly reference: Reference | undefined
  readonly root: string
  /** For what the rows' processes leave in temporary folders. */
  readonly work: string
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
  await schedule(tasks, request.jobs ?? availableParallelism(), freemem() / 2 ** 20)
  return [...rows].map(([plan, runs]) => rowOf(plan, runs))
}

/** MiB: what the machine has, or a browser takes, and what stands around it. */
function memoryOf({ facts }: Artefact, { recipe }: Way): number {
  const inside = recipe.kind === 'qemu' ? Math.max(facts.memory.default, recipe.leastMemory ?? 0) : 300
  return inside + 200
}

function childRun(plan: Plan, way: Way, { request, suite, reference, root, work }: Shared): ChildRun {
  const { artefact, layer } = plan
  const { target, carries, folder, facts, appSha256 } = artefact
  const { accel, timeout } = request
  const order: RunOrder = {
    ...{ target, layer, carries, way: way.name, files: suite, reference, timeout },
    serves: facts.port === undefined ? false : appSha256 === undefined ? undefined : true,
  }
  const message: ChildMessage = {
    order,
    boot: {
      ...{ subject: folder, target: undefined, way: way.name === '' ? undefined : way.name },
      ...{ output: folder, cwd: folder, env: {}, args: [], memory: undefined, ports: [], accel },
      timeout: 0, // whether it hangs is for the suite to say

      kernelWords: way.recipe.kind === 'qemu' ? ['trace=boot'] : [],
    },
  }
  return {
    program: fileURLToPath(new URL('./test-child.js', import.meta.url)),
    message,
    cwd: root,
    env: { TMPDIR: work },
    name: way.name,
    repeat: repeatText(request, target, way.name),
    limit: timeout * 10,
  }
}

function repeatText(
  { subject, rootfs, env, suite, accel }: TestRequest,
  target: string,
  way: string,
): string {
  return quote([
    ...['unik', 'test', ...(subject === undefined ? [] : [subject]), '-t', target],
    ...(way === '' ? [] : ['--as', way]),
    ...(rootfs === undefined ? [] : ['--rootfs', rootfs.folder, '--init', rootfs.init]),
    ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...suite.flatMap((file) => ['--suite', file]),
    ...(accel === 'auto' ? [] : ['--accel', accel]),
  ])
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
