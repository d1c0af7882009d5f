import { needsOf } from '../boot/boot.js'
import type { Artefact } from './pipeline.js'
import { waysOf } from './ways.js'

/** What a CI system's machines are told: `include` is a `strategy.matrix` of GitHub Actions, one element a job. */
export interface Matrix {
  readonly include: readonly MatrixJob[]
}

/** One job of a release's matrix: each list is one string, as a shell takes it. */
export interface MatrixJob {
  /** No other job's. */
  readonly name: string
  /** For -t. */
  readonly targets: string
  /** Debian packages that their machines take. */
  readonly packages: string
  /** The same of npm. */
  readonly npm: string
}

/** Splits rows over jobs: one row a job, or all over `jobs`, none of which has much more to start than another. The same rows give the same jobs. */
export async function releaseMatrix(
  artefacts: readonly Artefact[],
  jobs: number = artefacts.length,
): Promise<Matrix> {
  const rows = await Promise.all(artefacts.map(rowOf))
  return { include: share(rows, Math.min(jobs, rows.length)).map(jobOf) }
}

interface Row {
  readonly target: string
  /** How often it will be started: what its test takes, roughly. */
  readonly ways: number
  readonly packages: readonly string[]
  readonly npm: readonly string[]
}

async function rowOf(artefact: Artefact): Promise<Row> {
  const ways = await waysOf(artefact)
  const needs = (await Promise.all(ways.map(({ recipe }) => needsOf(recipe)))).flat()
  return {
    target: artefact.target,
    ways: ways.length,
    packages: needs.flatMap((need) => ('debianPackage' in need ? [need.debianPackage] : [])),
    npm: needs.flatMap((need) => ('npmPackage' in need ? [need.npmPackage] : [])),
  }
}

// The longest first, each to the job with the least to do (Graham 1969: at most 4/3 of the best); in a job they stand as they came.
function share(rows: readonly Row[], count: number): readonly (readonly Row[])[] {
  const jobs = Array.from({ length: count }, () => ({ load: 0, rows: [] as Row[] }))
  for (const row of rows.toSorted((a, b) => b.ways - a.ways)) {
    const [least] = jobs.toSorted((a, b) => a.load - b.load)
    least?.rows.push(row)
    if (least !== undefined) least.load += row.ways
  }
  const place = (job: (typeof jobs)[number]) => Math.min(...job.rows.map((row) => rows.indexOf(row)))
  return jobs
    .toSorted((a, b) => place(a) - place(b))
    .map((job) => job.rows.toSorted((a, b) => rows.indexOf(a) - rows.indexOf(b)))
}

function jobOf(rows: readonly Row[]): MatrixJob {
  const all = (words: readonly string[]) => [...new Set(words)].sort().join(' ')
  const targets = rows.map(({ target }) => target)
  return {
    name: targets.length === 1 ? targets.join() : `${targets[0]} and ${targets.length - 1} more`,
    targets: targets.join(),
    packages: all(rows.flatMap(({ packages }) => packages)),
    npm: all(rows.flatMap(({ npm }) => npm)),
  }
}
