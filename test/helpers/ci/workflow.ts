/** What our workflows say, of all that docs.github.com's "Workflow syntax" knows. */
export interface Workflow {
  readonly env?: Readonly<Record<string, string | number>>
  readonly jobs: Readonly<Record<string, Job>>
}

export interface Job {
  readonly name?: string
  readonly needs?: string | readonly string[]
  readonly if?: string
  readonly outputs?: Readonly<Record<string, string>>
  readonly strategy?: { readonly matrix: string }
  readonly steps: readonly Step[]
}

export interface Step {
  readonly id?: string
  readonly name?: string
  readonly if?: string
  readonly run?: string
  readonly uses?: string
  readonly with?: Readonly<Record<string, string | number | boolean>>
  readonly env?: Readonly<Record<string, string>>
  readonly 'working-directory'?: string
}

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>
  readonly runs: { readonly steps: readonly Step[] }
}

/** One job's end; of a matrix there are several of one id. */
export interface JobResult {
  readonly id: string
  readonly name: string
  readonly result: 'success' | 'failure' | 'skipped'
  readonly outputs: Readonly<Record<string, string>>
  /** All that its steps wrote, after the lines that were run. */
  readonly log: string
  /** GITHUB_STEP_SUMMARY. */
  readonly summary: string
}
