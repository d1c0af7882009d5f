import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isRecord } from '../../base/decode.js'
import { nearest } from '../../base/nearest.js'
import { Problems, UserError } from '../../base/user-error.js'
import type { Budget, Limit, RowBudget } from './budget.js'
import { figures } from './history.js'
import { readReport } from './read-report.js'
import type { Figure, TestReport } from './test-report.js'

/** Reads a budget file; every mistake in it is told at once, each with its path. `targets`: the rows there are. */
export function readBudget(file: string, targets: readonly string[]): Budget {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UserError(`cannot read the budget: ${(error as Error).message}`, { where: file, status: 2 })
  }
  const problems = new Problems()
  const budget = budgetOf(value, targets, problems)
  problems.stopHere('the budget is wrong:', { where: file, status: 2 })
  const { baseline } = budget
  return { ...budget, baseline: baseline === undefined ? undefined : resolve(dirname(file), baseline) }
}

/** The report that the budget itself names to compare with; it must be there. */
export function readBaseline({ baseline }: Budget): TestReport | undefined {
  if (baseline === undefined) return undefined
  const report = readReport(baseline)
  if (report !== undefined) return report
  throw new UserError("the budget's baseline does not exist", {
    where: baseline,
    hint: 'make it: copy report.json of `unik test --report DIR` there',
    status: 2,
  })
}

function budgetOf(value: unknown, targets: readonly string[], problems: Problems): Budget {
  const given = fieldsOf(value, 'the budget', problems)
  checkNames(given, '', ['baseline', 'default', 'rows'], problems)
  const rows = fieldsOf(given.rows ?? {}, 'rows', problems)
  checkNames(rows, 'rows.', targets, problems)
  const { baseline } = given
  if (baseline !== undefined && typeof baseline !== 'string') problems.add('baseline: must be a path')
  return {
    default: rowBudget(given.default ?? {}, 'default', problems),
    rows: Object.fromEntries(
      Object.entries(rows).map(([target, row]) => [target, rowBudget(row, `rows.${target}`, problems)]),
    ),
    baseline: typeof baseline === 'string' ? baseline : undefined,
  }
}

function rowBudget(value: unknown, path: string, problems: Problems): RowBudget {
  const given = fieldsOf(value, path, problems)
  checkNames(given, `${path}.`, figures, problems)
  return Object.fromEntries(
    figures
      .filter((what) => given[what] !== undefined)
      .map((what) => [what, limitsOf(given[what], what, `${path}.${what}`, problems)]),
  )
}

// One limit, a list of them, or null: none.
function limitsOf(value: unknown, what: Figure, path: string, problems: Problems): readonly Limit[] {
  if (value === null) return []
  if (Array.isArray(value)) return value.flatMap((item, i) => limitsOf(item, what, `${path}[${i}]`, problems))
  const limit = limitOf(value, what)
  if (limit !== undefined) return [limit]
  const example = { size: '"1.2 MiB"', instructions: '"5 M"' }[what as string] ?? '"150 ms"'
  problems.add(`${path}: must be a number of ${plainUnit[what]}, ${example}, or relative: "+10%"`)
  return []
}

/** Units of each figure, in its own: the first is what a bare number means. */
const units: Readonly<Record<Figure, Readonly<Record<string, number>>>> = {
  size: { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, kB: 1000, MB: 1000 ** 2 },
  firstOutputMs: { ms: 1, s: 1000 },
  firstResponseMs: { ms: 1, s: 1000 },
  instructions: { '': 1, K: 1000, M: 1000 ** 2, G: 1000 ** 3 },
}

const plainUnit: Readonly<Record<Figure, string>> = {
  size: 'bytes',
  firstOutputMs: 'milliseconds',
  firstResponseMs: 'milliseconds',
  instructions: 'instructions',
}

/** 1258291, `1.2 MiB`; `+10%`, `+20 ms`. */
function limitOf(value: unknown, what: Figure): Limit | undefined {
  if (typeof value === 'number') return value >= 0 ? { rule: `${value}`, kind: 'absolute', value } : undefined
  const [, plus, digits, unit = ''] = /^(\+?)(\d+(?:\.\d+)?) ?(%|[A-Za-z]*)$/.exec(String(value)) ?? []
  if (typeof value !== 'string' || digits === undefined) return undefined
  if (unit === '%') return plus === '+' ? { rule: value, kind: 'percent', value: Number(digits) } : undefined
  const factor = Object.hasOwn(units[what], unit) ? units[what][unit] : unit === '' ? 1 : undefined
  if (factor === undefined) return undefined
  return { rule: value, kind: plus === '+' ? 'plus' : 'absolute', value: Number(digits) * factor }
}

function checkNames(given: object, path: string, known: readonly string[], problems: Problems): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const similar = nearest(name, known)
    const question = similar === undefined ? `known: ${known.join(', ')}` : `did you mean ${similar}?`
    problems.add(`${path}${name}: no such name, ${question}`)
  }
}

function fieldsOf(value: unknown, path: string, problems: Problems): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value
  problems.add(`${path}: must be an object`)
  return {}
}
