import type { Guest } from '../boot/boot.js'

/**
 * While a guest runs, Ctrl-C goes to it, SIGTERM is its platform's shutdown, and what is typed is its input. A second Ctrl-C ends
 * it at once. Returns what undoes this.
 */
export function passSignals(guest: Guest): () => void {
  let interrupts = 0
  const onInterrupt = () => {
    interrupts++
    if (interrupts === 1) guest.interrupt()
    else guest.kill()
  }
  const onTerminate = () => void guest.shutdown().catch(() => guest.kill())
  const onInput = (data: Buffer) => guest.write(data)
  process.on('SIGINT', onInterrupt)
  process.on('SIGTERM', onTerminate)
  process.stdin.on('data', onInput)
  process.stdin.unref?.()
  return () => {
    process.off('SIGINT', onInterrupt)
    process.off('SIGTERM', onTerminate)
    process.stdin.off('data', onInput)
    process.stdin.pause()
  }
}
