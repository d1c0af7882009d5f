import { UserError } from '../../base/user-error.js'
import type { TestReport, TestRow } from './test-report.js'

/** A report, and the file that it was read from. */
export interface Source {
  readonly file: string
  readonly report: TestReport
}

/** A row that a release consists of; `ways`: the names of the runs that it takes to have tested it. */
export interface ExpectedRow extends Pick<TestRow, 'target' | 'layer' | 'carries' | 'proof' | 'appSha256'> {
  readonly ways: readonly string[]
}

/**
 * Several jobs' reports as the one report of a release, its rows in the order of `expected`. They must be of the same app, and no row
 * may be in two of them; a row that is in none did not start, nor did one of which a way is missing.
 */
export function gatherReports(sources: readonly Source[], expected: readonly ExpectedRow[]): TestReport {
  checkApps(sources, expected)
  const rows = rowsOf(sources, expected)
  const reports = sources.map(({ report }) => report)
  const ends = reports.flatMap(({ endedAt }) => endedAt ?? []).sort()
  return {
    app: reports.find(({ app }) => app !== '')?.app ?? '',
    appSha256: appOf(sources)?.sha256,
    bundleSha256: reports.find(({ bundleSha256 }) => bundleSha256 !== undefined)?.bundleSha256,
    rows: expected.map((row) => wholly(rows.get(row.target), row)),
    milliseconds: Math.max(0, ...reports.map(({ milliseconds }) => milliseconds)), // they ran side by side
    interrupted: reports.some(({ interrupted }) => interrupted),
    endedAt: ends.at(-1),
  }
}

interface Digest {
  readonly sha256: string
  readonly where: string
}

function checkApps(sources: readonly Source[], expected: readonly ExpectedRow[]): void {
  const wanted = expected.flatMap(({ target, appSha256 }) => digest(appSha256, `the artefact ${target}`))
  const found = sources.flatMap(({ file, report }) => [
    ...digest(report.appSha256, file),
    ...report.rows.flatMap(({ target, appSha256 }) => digest(appSha256, `${target} in ${file}`)),
  ])
  agree([...wanted, ...found], 'app')
  agree(
    sources.flatMap(({ file, report }) => digest(report.bundleSha256, file)),
    'bundle',
  )
}

function agree(digests: readonly Digest[], what: string): void {
  const [first] = digests
  const other = digests.find(({ sha256 }) => sha256 !== first?.sha256)
  if (first === undefined || other === undefined) return
  throw new UserError(
    `not of one build: the ${what} of ${first.where} is ${first.sha256}, that of ${other.where} is ${other.sha256}`,
    { hint: 'build once, and test those artefacts in every job: unik test dist -t NAME --report DIR' },
  )
}

function digest(sha256: string | undefined, where: string): readonly Digest[] {
  return sha256 === undefined ? [] : [{ sha256, where }]
}

function appOf(sources: readonly Source[]): Digest | undefined {
  return sources.flatMap(({ file, report }) => digest(report.appSha256, file))[0]
}

function rowsOf(sources: readonly Source[], expected: readonly ExpectedRow[]): ReadonlyMap<string, TestRow> {
  const known = new Set(expected.map(({ target }) => target))
  const files = new Map<string, string>()
  const rows = new Map<string, TestRow>()
  for (const { file, report } of sources)
    for (const row of report.rows) {
      const other = files.get(row.target)
      if (other !== undefined)
        throw new UserError(`${row.target} was tested twice, in ${other} and ${file}`, {
          hint: 'give each job rows of its own (unik matrix), and gather reports of one run only',
        })
      if (!known.has(row.target))
        throw new UserError(`${row.target} was tested and is not among the artefacts`, { where: file })
      files.set(row.target, file)
      rows.set(row.target, row)
    }
  return rows
}

/** A row that was tested in some of its ways only (`--as`) has not been tested. */
function wholly(row: TestRow | undefined, expected: ExpectedRow): TestRow {
  if (row === undefined) return missing(expected)
  const way = expected.ways.find((name) => row.runs.every((run) => run.name !== name))
  if (way === undefined || row.status !== 'passed') return row
  return { ...row, status: 'did not start', why: way === '' ? 'it was not run' : `it was not run as ${way}` }
}

// Of a test that nobody has a report of, nothing is known but that.
function missing({ target, layer, carries, proof, appSha256 }: ExpectedRow): TestRow {
  return {
    ...{ target, layer, carries, proof, appSha256 },
    status: 'did not start',
    why: 'its job gave no report',
    size: 0,
    firstOutputMs: undefined,
    firstResponseMs: undefined,
    runs: [],
  }
}
