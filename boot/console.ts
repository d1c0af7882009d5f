/** A control record of the kernel: ESC ] unik;KEY=VALUE BEL. Terminals swallow it. */
export interface ConsoleRecord {
  readonly key: string
  readonly value: string
}

export interface ConsoleLine {
  readonly text: string
  /** Milliseconds since the guest was started. */
  readonly at: number
}

const recordStart = '\x1b]unik;'
const recordEnd = '\x07'
/** Longer than any record the kernel writes; what exceeds it is ordinary output. */
const longestRecord = 4096

/** Splits a console stream into what a person sees and the kernel's records; both may arrive cut at any byte. */
export function createConsole(onText: (text: string) => void, onRecord: (record: ConsoleRecord) => void) {
  let held = ''
  return {
    push(chunk: string): void {
      held += chunk
      for (;;) {
        const start = held.indexOf(recordStart)
        if (start < 0) break
        const end = held.indexOf(recordEnd, start)
        if (end < 0) break
        if (start > 0) onText(held.slice(0, start))
        const [key = '', value = ''] = split(held.slice(start + recordStart.length, end))
        onRecord({ key, value })
        held = held.slice(end + 1)
      }
      const keep = heldLength(held)
      if (held.length > keep) onText(held.slice(0, held.length - keep))
      held = held.slice(held.length - keep)
    },
    /** No more will come: a record that was never finished is ordinary output. */
    end(): void {
      if (held !== '') onText(held)
      held = ''
    },
  }
}

/** Collects text into lines with the time at which each began to arrive. */
export function createLineLog(clock: () => number) {
  const lines: ConsoleLine[] = []
  let partial = ''
  let partialAt = 0
  return {
    push(text: string): void {
      for (const piece of text.split(/(?<=\n)/)) {
        if (partial === '') partialAt = clock()
        partial += piece
        if (!piece.endsWith('\n')) continue
        lines.push({ text: partial.replace(/\r?\n$/, ''), at: partialAt })
        partial = ''
      }
    },
    /** Everything so far, the unfinished last line included. */
    lines(): readonly ConsoleLine[] {
      return partial === '' ? lines : [...lines, { text: partial, at: partialAt }]
    },
  }
}

function split(text: string): string[] {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

// How many of the last characters may still become a record: an unfinished one, or a prefix of its start.
function heldLength(text: string): number {
  const start = text.indexOf(recordStart)
  if (start >= 0) return text.length - start > longestRecord ? 0 : text.length - start
  for (let n = Math.min(recordStart.length - 1, text.length); n > 0; n--)
    if (text.endsWith(recordStart.slice(0, n))) return n
  return 0
}
