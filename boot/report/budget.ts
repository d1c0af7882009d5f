import { countText, sizeText, timeText } from '../../base/units.js'
import { comparable, figures, figuresOf } from './history.js'
import type {
  BudgetResult,
  Figure,
  RowFigures,
  TestReport,
  UncheckedLimit,
  Violation,
} from './test-report.js'

/** What the rows may cost at most; budget-file.ts reads one. */
export interface Budget {
  /** For every row; a row's own limits of the same figure take their place. */
  readonly default: RowBudget
  /** By target. */
  readonly rows: Readonly<Record<string, RowBudget>>
  /** Absolute path of a report.json to compare with in place of the last run's. */
  readonly baseline: string | undefined
}

/** All limits of a figure hold; an empty list lifts the default. */
export type RowBudget = Readonly<Partial<Record<Figure, readonly Limit[]>>>

export interface Limit {
  /** As written: `1.2 MiB`, `+10%`. */
  readonly rule: string
  /** absolute: at most `value`; plus: the earlier figure and `value`; percent: the earlier figure and so much of it. */
  readonly kind: 'absolute' | 'plus' | 'percent'
  /** In the figure's own unit: bytes, milliseconds, instructions; or per cent. */
  readonly value: number
}

/** Compares the rows that passed with their limits, relative ones with what `earlier` and its history have to compare with. */
export function checkBudget(report: TestReport, budget: Budget, earlier?: TestReport): BudgetResult {
  const now = new Map(report.rows.map((row) => [row.target, figuresOf(row)]))
  const targets = new Set([...now.keys(), ...Object.keys(budget.rows)])
  const outcomes = [...targets].flatMap((target) => {
    const past = earlier === undefined ? {} : comparable(earlier, target)
    return limitsOf(target, budget).map((asked) => compare(asked, now.get(target), past[asked.what]))
  })
  return {
    checked: outcomes.filter((outcome) => outcome === 'held' || isViolation(outcome)).length,
    violations: outcomes.filter(isViolation),
    unchecked: outcomes.filter(isUnchecked),
  }
}

/** `size 1.31 MiB exceeds 1.20 MiB`, `first response 182 ms exceeds 165 ms (+10% of 150 ms)`. */
export function violationText({ what, measured, limit, rule, earlier }: Violation): string {
  if (measured === undefined) return `${figureNames[what]}: not measured, and its limit is ${rule}`
  const close = figureText(what, measured) === figureText(what, limit)
  const text = (value: number) => (close ? exactText(what, value) : figureText(what, value))
  const relative = earlier === undefined ? '' : ` (${rule} of ${text(earlier)})`
  return `${figureNames[what]} ${text(measured)} exceeds ${text(limit)}${relative}`
}

export const figureNames: Readonly<Record<Figure, string>> = {
  size: 'size',
  firstOutputMs: 'first output',
  firstResponseMs: 'first response',
  instructions: 'instructions',
}

export function figureText(what: Figure, value: number): string {
  if (what === 'size') return sizeText(value)
  return what === 'instructions' ? countText(value) : timeText(value)
}

function exactText(what: Figure, value: number): string {
  const digits = Number(value.toFixed(3)).toString()
  return { size: `${digits} bytes`, instructions: digits }[what as string] ?? `${digits} ms`
}

interface Asked {
  readonly target: string
  readonly what: Figure
  readonly limit: Limit
  /** The budget names this row. */
  readonly named: boolean
}

function limitsOf(target: string, budget: Budget): readonly Asked[] {
  const own = Object.hasOwn(budget.rows, target) ? budget.rows[target] : undefined
  return figures.flatMap((what) => {
    const named = own?.[what] !== undefined
    return (own?.[what] ?? budget.default[what] ?? []).map((limit) => ({ target, what, limit, named }))
  })
}

type Outcome = 'held' | 'nothing asked' | Violation | UncheckedLimit

function compare(asked: Asked, now: RowFigures | undefined, past: number | undefined): Outcome {
  const { target, what, limit, named } = asked
  const { rule } = limit
  const unchecked = (why: string): Outcome => ({ target, what, rule, why })
  if (now === undefined) return named ? unchecked('the row was not in this run') : 'nothing asked'
  if (now.status !== 'passed') return named ? unchecked(`the row is ${now.status}`) : 'nothing asked'
  const measured = now[what]
  if (measured === undefined)
    return named ? { target, what, measured, limit: limit.value, rule, earlier: undefined } : 'nothing asked'
  const earlier = limit.kind === 'absolute' ? undefined : past
  if (limit.kind !== 'absolute' && earlier === undefined)
    return unchecked('no earlier report has a figure to compare with')
  const atMost = bound(limit, earlier ?? 0)
  return measured <= atMost ? 'held' : { target, what, measured, limit: atMost, rule, earlier }
}

function bound({ kind, value }: Limit, earlier: number): number {
  if (kind === 'percent') return earlier * (1 + value / 100)
  return kind === 'plus' ? earlier + value : value
}

function isViolation(outcome: Outcome): outcome is Violation {
  return typeof outcome === 'object' && 'limit' in outcome
}

function isUnchecked(outcome: Outcome): outcome is UncheckedLimit {
  return typeof outcome === 'object' && 'why' in outcome
}
