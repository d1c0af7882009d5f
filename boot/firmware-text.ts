/** What firmware writes to the console before it starts the image: neither the guest's output nor a sign of its life. */
export interface FirmwareText {
  /** Matches its last line. */
  readonly end: RegExp
  /** Matches when it has given up, and starts something else or nothing. */
  readonly failure: RegExp
}

/** The kernel's first record, with the word `trace=start`. */
const kernelStart = '\x1b]unik;start\x07'

/**
 * Keeps that text back, up to its last line or to the kernel's word that it has started: firmware that cannot get rid of its output
 * in time drops some, and that line with it. When neither comes, the text is all there is to read.
 */
export function createFirmwareFilter(
  firmware: FirmwareText | undefined,
  onText: (text: string) => void,
  onFailure: () => void,
) {
  let held: string | undefined = firmware === undefined ? undefined : ''
  return {
    push(text: string): void {
      if (held === undefined || firmware === undefined) {
        onText(text)
        return
      }
      held += text
      if (firmware.failure.test(held)) onFailure()
      const start = held.indexOf(kernelStart)
      const match = firmware.end.exec(held)
      if (match === null && start < 0) return
      const rest = start < 0 && match !== null ? held.slice(match.index + match[0].length) : held.slice(start)
      held = undefined
      if (rest !== '') onText(rest)
    },
    /** No more will come. */
    end(): void {
      if (held !== undefined && held !== '') onText(`${held.replaceAll(terminalControl, '').trimEnd()}\n`)
      held = undefined
    },
  }
}

/** Control sequences of a terminal (ECMA-48, 5.4): firmware clears the screen with them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they begin with ESC
const terminalControl = /\x1b\[[0-?]*[ -/]*[@-~]/g
