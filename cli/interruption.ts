/**
 * A signal that is given at Ctrl-C or SIGTERM, so that work can be ended where it can be taken up again; the same a second time ends us at
 * once. `stop` undoes this.
 */
export function interruption(): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController()
  const stop = () => {
    for (const name of signals) process.off(name, onSignal)
  }
  const onSignal = () => {
    controller.abort()
    stop()
  }
  for (const name of signals) process.on(name, onSignal)
  return { signal: controller.signal, stop }
}

const signals = ['SIGINT', 'SIGTERM'] as const
