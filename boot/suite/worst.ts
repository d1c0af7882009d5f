import type { RowStatus, TestRun } from '../report/test-report.js'

/** What says more of a row than what follows. A skipped run keeps its row from having passed. */
const order: readonly RowStatus[] = ['panicked', 'did not start', 'hung', 'failed', 'skipped', 'passed']

/** A row's status and the reason, from its runs. */
export function worstOf(runs: readonly TestRun[]): { status: RowStatus; why: string | undefined } {
  const [worst] = runs.toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
  if (worst === undefined) return { status: 'failed', why: 'nothing was run' }
  const { name, status, why } = worst
  return { status, why: why === undefined || name === '' ? why : `${name}: ${why}` }
}
