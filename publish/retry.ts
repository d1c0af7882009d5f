import { setTimeout as sleep } from 'node:timers/promises'

export interface RetryOptions {
  readonly attempts: number
  /** Milliseconds: the longest first pause. Each further one may be twice as long, up to 20 s. */
  readonly pause: number
  readonly signal?: AbortSignal | undefined
  isTransient(error: unknown): boolean
}

const longestPause = 20_000

/**
 * Does `work` until it succeeds, fails for good, or has failed too often. Pauses are of a random length between 0 and their limit, so that
 * many who were refused at one time do not all come back at another. `work` is told which attempt it is, from 1.
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await work(attempt)
    } catch (error) {
      if (attempt >= options.attempts || !options.isTransient(error)) throw error
      const limit = Math.min(longestPause, options.pause * 2 ** (attempt - 1))
      await sleep(Math.random() * limit, undefined, { signal: options.signal })
    }
}
