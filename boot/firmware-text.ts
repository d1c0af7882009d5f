/**
 * Keeps back what the firmware writes to the console before it starts the image, of which `end` matches the last line. It is
 * neither the guest's output nor a sign of its life; when that line never comes, it is all there is to read.
 */
export function createFirmwareFilter(end: RegExp | undefined, onText: (text: string) => void) {
  let held: string | undefined = end === undefined ? undefined : ''
  return {
    push(text: string): void {
      if (held === undefined || end === undefined) {
        onText(text)
        return
      }
      held += text
      const match = end.exec(held)
      if (match === null) return
      const rest = held.slice(match.index + match[0].length)
      held = undefined
      if (rest !== '') onText(rest)
    },
    /** No more will come. */
    end(): void {
      if (held !== undefined && held !== '') onText(held)
      held = undefined
    },
  }
}
