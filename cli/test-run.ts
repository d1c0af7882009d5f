import { fileURLToPath } from 'node:url'
import { quote } from '../base/run.js'
import type { ChildRun } from '../boot/suite/run-child.js'
import type { Reference, RunOrder } from '../boot/suite/run-order.js'
import type { Way } from '../targets/lib/recipe.js'
import type { Layer, Proof } from '../targets/lib/target.js'
import type { Artefact } from './pipeline.js'
import type { ChildMessage } from './test-child.js'
import type { TestRequest } from './test-session.js'

/** Seconds. */
export const usualTimeout = 120

/** One artefact, and each of its platform's ways to start it. */
export interface Plan {
  readonly artefact: Artefact
  readonly layer: Layer
  readonly proof: Proof
  readonly ways: readonly Way[]
}

/** What all runs have in common. */
export interface Shared {
  readonly request: TestRequest
  readonly suite: readonly string[]
  readonly reference: Reference | undefined
  readonly root: string
  /** For what the rows' processes leave in temporary folders. */
  readonly work: string
}

/** MiB: what the machine has, or a browser takes, and what stands around it. */
export function memoryOf({ facts }: Artefact, { recipe }: Way): number {
  const inside = recipe.kind === 'qemu' ? Math.max(facts.memory.default, recipe.leastMemory ?? 0) : 300
  return inside + 200
}

export function childRun(plan: Plan, way: Way, { request, suite, reference, root, work }: Shared): ChildRun {
  const { artefact, layer } = plan
  const { target, carries, folder, facts, appSha256 } = artefact
  const { accel, timeout } = request
  const order: RunOrder = {
    ...{ target, layer, carries, way: way.name, files: suite, reference, timeout },
    traced: way.recipe.kind === 'qemu',
    serves: facts.port === undefined ? false : appSha256 === undefined ? undefined : true,
  }
  const message: ChildMessage = {
    order,
    count: request.count && order.traced && way === plan.ways[0],
    boot: {
      ...{ subject: folder, target: undefined, way: way.name === '' ? undefined : way.name },
      ...{ output: folder, cwd: folder, env: {}, args: [], memory: undefined, ports: [], accel },
      timeout: 0, // whether it hangs is for the suite to say
      kernelWords: way.recipe.kind === 'qemu' ? ['trace=boot', ...request.kernelWords] : [],
    },
  }
  return {
    program: fileURLToPath(new URL('./test-child.js', import.meta.url)),
    message,
    cwd: root,
    env: { TMPDIR: work, TEMP: work, TMP: work }, // POSIX and Windows
    name: way.name,
    repeat: repeatText(request, target, way.name),
    limit: timeout * 10,
    onLine: (line) => request.onNote?.(`${target}: ${line}`),
  }
}

function repeatText(request: TestRequest, target: string, way: string): string {
  const { entries, rootfs, env, suite, accel, timeout, kernelWords, count } = request
  return quote([
    ...['unik', 'test', ...entries, '-t', target],
    ...(way === '' ? [] : ['--as', way]),
    ...(rootfs === undefined ? [] : ['--rootfs', rootfs.folder, '--init', rootfs.init]),
    ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...suite.flatMap((file) => ['--suite', file]),
    ...kernelWords.flatMap((word) => ['--kernel', word]),
    ...(timeout === usualTimeout ? [] : ['--timeout', String(timeout)]),
    ...(count ? ['--count'] : []),
    ...(accel === 'auto' ? [] : ['--accel', accel]),
  ])
}
