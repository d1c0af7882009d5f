import { constants } from 'node:os'

/** exited: the app ended by itself, whatever its status. */
export type Verdict = 'exited' | 'panicked' | 'hung' | 'killed' | 'failed to start'

/** What was seen of a run. */
export interface Ending {
  exitRecord: number | undefined
  panic: string | undefined
  hung: boolean
  /** The firmware has given up. */
  notStarted?: boolean
  killed: boolean
}

/**
 * What a run's end means, and the exit status that a shell shall see. A machine's own status says nothing of the app: only the
 * kernel's last record does, so a machine that stops without one has crashed below the kernel (a triple fault: 134) or has
 * never run it (125).
 */
export function judge(
  speaks: 'serial' | 'process',
  ending: Ending,
  process: { readonly exitCode: number | undefined; readonly signal: string | undefined },
): { verdict: Verdict; status: number } {
  if (ending.hung) return { verdict: 'hung', status: 124 }
  if (ending.notStarted === true) return { verdict: 'failed to start', status: 125 }
  if (ending.panic !== undefined) return { verdict: 'panicked', status: 134 }
  if (speaks === 'serial' && ending.exitRecord !== undefined)
    return { verdict: 'exited', status: ending.exitRecord }
  if (ending.killed) return { verdict: 'killed', status: 137 }
  if (speaks === 'serial') {
    const crashed = process.exitCode === 0
    return { verdict: crashed ? 'panicked' : 'failed to start', status: crashed ? 134 : 125 }
  }
  if (process.signal !== undefined) return { verdict: 'exited', status: 128 + signalNumber(process.signal) }
  return { verdict: 'exited', status: process.exitCode ?? 125 }
}

function signalNumber(name: string): number {
  return constants.signals[name as keyof typeof constants.signals] ?? 0
}
