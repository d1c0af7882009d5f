import { descendants } from '../base/descendants.js'
import type { Running } from '../base/run.js'

/** Ends at once all that a program has started. */
export function killDescendants({ pid }: Running): void {
  for (const each of pid === undefined ? [] : descendants(pid))
    try {
      process.kill(each, 'SIGKILL')
    } catch {} // it has ended meanwhile
}
