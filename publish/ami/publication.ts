import type { Aws, Pace } from './aws.js'
import type { Journal } from './journal.js'
import type { AmiPlan } from './plan.js'

export interface PublishRequest {
  readonly plan: AmiPlan
  /** The user chose the image's name. */
  readonly named: boolean
  readonly region: string | undefined
  readonly endpoint: string | undefined
  /** The journal's file; undefined: in the user's folder for such. */
  readonly journal: string | undefined
  readonly cwd: string
  /** Ends the run so that a later one can go on. */
  readonly signal: AbortSignal
  readonly pace?: Partial<Pace>
  onStep(text: string): void
  /** So many blocks are there. */
  onProgress(sent: number): void
}

/** What the steps share. */
export interface Publication
  extends Pick<PublishRequest, 'plan' | 'named' | 'signal' | 'onStep' | 'onProgress'> {
  readonly aws: Aws
  readonly journal: Journal
  readonly pace: Pace
}
