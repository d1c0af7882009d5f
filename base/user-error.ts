/** What the user can fix: one sentence, where, and what to do next. Any other error is our own bug and keeps its stack. */
export class UserError extends Error {
  /** File, line and column, an option, or a path: whatever points at the cause. */
  readonly where: string | undefined
  /** What to do next, as one sentence. */
  readonly hint: string | undefined
  /** Lines of context (a code frame, a console's last lines) shown below the message. */
  readonly detail: string | undefined
  /** Exit status of the command: 1 explained failure, 2 wrong usage, 124 hung, 125 our own failure. */
  readonly status: number

  constructor(message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'UserError'
    this.where = options.where
    this.hint = options.hint
    this.detail = options.detail
    this.status = options.status ?? 1
  }
}

export interface UserErrorOptions {
  readonly where?: string | undefined
  readonly hint?: string | undefined
  readonly detail?: string | undefined
  readonly status?: number
  readonly cause?: unknown
}

/** Collects what is wrong inside one pass, so that the user sees all of it at once; `stopHere` ends the pass. */
export class Problems {
  readonly #found: string[] = []

  add(message: string, where?: string): void {
    this.#found.push(where === undefined ? message : `${message}\n    ${where}`)
  }

  get count(): number {
    return this.#found.length
  }

  /** Throws one UserError with every problem added so far; returns when there is none. */
  stopHere(summary: string, options: UserErrorOptions = {}): void {
    if (this.#found.length === 0) return
    throw new UserError(`${summary}\n${this.#found.map((line) => `  ${line}`).join('\n')}`, options)
  }
}
