const signals = ['SIGINT', 'SIGTERM'] as const

/** The first Ctrl-C or SIGTERM aborts, so that what was begun can be ended and told; the second ends us at once. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  for (const signal of signals)
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130)
      controller.abort()
    })
  return controller.signal
}
