import { join, relative } from 'node:path'
import { UserError } from '../base/user-error.js'
import { printCodeFrame } from './code-frame.js'
import type { SourcePosition } from './source-map.js'

/** One thing that is wrong with the app, or (as a warning) may be. */
export interface Problem {
  /** One sentence without a full stop. */
  readonly text: string
  readonly at?: ProblemPosition | undefined
  /** What to do, as one sentence. */
  readonly hint?: string | undefined
}

export interface ProblemPosition extends SourcePosition {
  readonly length?: number
  /** Text of the whole file, for the code frame. */
  readonly source?: string | undefined
}

/** What a pass found: what stops the build, and what the user should only know. */
export interface Findings {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

const maximumShown = 20

/** Ends the compilation when anything is wrong. `root`: the folder that the problems' files are relative to. */
export function stopAtProblems(problems: readonly Problem[], root: string): void {
  if (problems.length > 0) throw problemsError(problems, root)
}

/** Every problem at once: the first as the message, all of them with code frames below it. */
export function problemsError(problems: readonly Problem[], root: string): UserError {
  const [first, ...others] = problems
  if (first === undefined) throw new Error('no problem to report')
  const where = first.at && describePosition(first.at, root)
  const { hint } = first
  if (others.length === 0) return new UserError(first.text, { where, hint, detail: frameOf(first) })
  const shown = problems.slice(0, maximumShown).map((problem) => describeProblem(problem, root))
  if (problems.length > maximumShown) shown.push(`and ${problems.length - maximumShown} more`)
  const message = `${first.text} (the first of ${problems.length} problems)`
  return new UserError(message, { where, hint, detail: shown.join('\n\n') })
}

/** One line: position and text. */
export function describeWarning({ text, at }: Problem, root: string): string {
  return at === undefined ? text : `${describePosition(at, root)}: ${text}`
}

function describeProblem(problem: Problem, root: string): string {
  const hint = problem.hint && `    ${problem.hint}`
  return [describeWarning(problem, root), frameOf(problem), hint].filter((line) => line).join('\n')
}

/** The path as the user would type it where the command runs. */
function describePosition({ file, line, column }: ProblemPosition, root: string): string {
  const path = relative(process.cwd(), join(root, file)).replaceAll('\\', '/')
  return `${path}:${line}:${column}`
}

function frameOf({ at }: Problem): string | undefined {
  return at?.source === undefined ? undefined : printCodeFrame(at.source, at)
}
