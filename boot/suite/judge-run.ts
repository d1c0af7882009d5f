import { Unavailable } from '../../base/unavailable.js'
import type { RowStatus, TestResult } from '../report/test-report.js'
import type { Verdict } from '../verdict.js'

/** What was seen of one run. */
export interface RunFacts {
  /** What was thrown in place of a start. */
  readonly startError: unknown
  readonly lives: readonly LifeFacts[]
  /** Why the app was taken to hang. */
  readonly hung: string | undefined
  /** Whether it answers HTTP; undefined: it never came to that. */
  readonly serves: boolean | undefined
  /** A test file that could not be loaded. */
  readonly loadError: string | undefined
  readonly tests: readonly TestResult[]
}

/** How one start went. */
export interface LifeFacts {
  readonly report:
    | { readonly verdict: Verdict; readonly status: number; readonly panic: string | undefined }
    | undefined
  readonly answered: boolean
  readonly asked: AskedEnd | undefined
}

/** `stop`: a test told it to stop. `any`: a test looks at how it ends by itself, or we ended it. */
export type AskedEnd = 'stop' | 'any'

export interface Judgement {
  readonly status: RowStatus
  readonly why: string | undefined
}

/** The verdict on a run. What broke below the app goes before what the tests found: they fail because of it. */
export function judgeRun(facts: RunFacts): Judgement {
  for (const [status, rule] of rules) {
    const why = rule(facts)
    if (why !== undefined) return { status, why }
  }
  return { status: 'passed', why: undefined }
}

const rules: readonly (readonly [RowStatus, (facts: RunFacts) => string | undefined])[] = [
  ['skipped', lacking],
  ['panicked', (facts) => first(facts, panic)],
  ['did not start', refused],
  ['did not start', (facts) => first(facts, notStarted)],
  ['hung', ({ hung }) => hung],
  ['failed', ({ loadError }) => loadError?.split('\n')[0]],
  ['failed', failedTests],
  ['failed', (facts) => first(facts, unseenEnd)],
  ['failed', noTest],
]

type LifeRule = (life: LifeFacts, facts: RunFacts) => string | undefined

function first(facts: RunFacts, rule: LifeRule): string | undefined {
  return facts.lives.map((life) => rule(life, facts)).find((why) => why !== undefined)
}

function lacking({ startError }: RunFacts): string | undefined {
  return startError instanceof Unavailable ? `needs ${startError.needs}: ${startError.message}` : undefined
}

function refused({ startError }: RunFacts): string | undefined {
  if (startError === undefined) return undefined
  return startError instanceof Error ? startError.message : String(startError)
}

const panic: LifeRule = ({ report }) => {
  if (report?.verdict !== 'panicked') return undefined
  return report.panic === undefined
    ? 'the machine reset without a word from the kernel'
    : 'the kernel panicked'
}

/** 125 to 127: no such program, not one that can be run, or its loader is missing; as a shell has it. */
const notStarted: LifeRule = ({ report, answered, asked }, { serves }) => {
  if (report?.verdict === 'failed to start') return 'the machine ended without ever running the kernel'
  if (report?.verdict !== 'exited' || answered || (asked !== undefined && serves === true)) return undefined
  if (report.status >= 125 && report.status <= 127)
    return `its program could not be run (status ${report.status})`
  return serves === true ? `it ended with status ${report.status} before it answered` : undefined
}

/** Of an app that was told to stop: it has tidied up, or has not asked to be told (128 + SIGINT, SIGKILL, SIGTERM). */
const stopped = [0, 130, 137, 143]

const unseenEnd: LifeRule = ({ report, asked }, { serves }) => {
  if (report === undefined || asked === 'any') return undefined
  if (asked === 'stop' ? stopped.includes(report.status) : serves !== true && report.status === 0)
    return undefined
  const why = asked === 'stop' ? 'when told to stop' : 'by itself'
  return `it ended ${why} with status ${report.status}, and no test looked at that`
}

function failedTests({ tests }: RunFacts): string | undefined {
  const failed = tests.filter(({ status }) => status === 'failed')
  const [one] = failed
  if (one === undefined) return undefined
  const count = failed.length === 1 ? '' : `${failed.length} of ${tests.length} tests failed: `
  return `${count}${one.title}: ${one.failure?.split('\n')[0] ?? ''}`
}

function noTest({ tests }: RunFacts): string | undefined {
  if (tests.length === 0) return 'the suite has no test'
  return tests.some(({ status }) => status === 'passed') ? undefined : 'every test of the suite was skipped'
}
