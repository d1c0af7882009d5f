import { setTimeout as sleep } from 'node:timers/promises'

export interface WaitOptions {
  /** Milliseconds between the first two questions; each further pause is half as long again, up to 15 s. */
  readonly poll: number
  /** Milliseconds in all. */
  readonly limit: number
  readonly signal?: AbortSignal | undefined
}

const longestPause = 15_000

/** Asks until the answer is true; false when it was not within the limit. Fails when the question does, or by the signal. */
export async function waitUntil(
  ask: () => Promise<boolean>,
  { poll, limit, signal }: WaitOptions,
): Promise<boolean> {
  const end = performance.now() + limit
  for (let pause = poll; ; pause = Math.min(longestPause, pause * 1.5)) {
    if (await ask()) return true
    if (performance.now() + pause > end) return false
    await sleep(pause, undefined, { signal })
  }
}
