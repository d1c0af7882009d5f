import { resolvedWith, then } from './promises.js'

/** What a stream's source does when asked. */
export interface Source {
  start(): unknown
  pull(): Promise<unknown>
  cancel(reason: unknown): Promise<unknown>
}

/** Stands in for the app's, which is let go when a stream has ended. */
export const idleSource: Source = {
  start() {},
  pull: () => resolvedWith(undefined),
  cancel: () => resolvedWith(undefined),
}

/** Whose source is asked. */
export interface Pulling {
  readonly source: Source
  /** Whether more would be taken now. */
  readonly wantsMore: boolean
  error(reason: unknown): void
}

/** Starts a source, and asks it for more: one question at a time, and once again for whatever came up meanwhile. */
export class Puller {
  readonly #controller: Pulling
  #started = false
  #pulling = false
  #again = false

  constructor(controller: Pulling) {
    this.#controller = controller
  }

  get shouldPull(): boolean {
    return this.#started && this.#controller.wantsMore
  }

  begin(): void {
    then(
      resolvedWith(this.#controller.source.start()),
      () => {
        this.#started = true
        this.pull()
      },
      (reason) => this.#controller.error(reason),
    )
  }

  pull(): void {
    if (!this.shouldPull) return
    if (this.#pulling) {
      this.#again = true
      return
    }
    this.#pulling = true
    then(
      this.#controller.source.pull(),
      () => {
        this.#pulling = false
        if (!this.#again) return
        this.#again = false
        this.pull()
      },
      (reason) => this.#controller.error(reason),
    )
  }
}
