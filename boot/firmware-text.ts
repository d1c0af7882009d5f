/** What firmware writes to the console before it starts the image: neither the guest's output nor a sign of its life. */
export interface FirmwareText {
  /** Matches its last line. */
  readonly end: RegExp
  /** Matches when it has given up, and starts something else or nothing. */
  readonly failure: RegExp
}

/** Keeps that text back; when its last line never comes, it is all there is to read. */
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
      const match = firmware.end.exec(held)
      if (match === null) return
      const rest = held.slice(match.index + match[0].length)
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
