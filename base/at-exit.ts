type Work = () => void

const works = new Set<Work>()
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
let installed = false

/**
 * Names work that must be done however this process ends, unless SIGKILL ends it: children to kill, folders to remove. It is done, the last
 * named first, at the exit, at an uncaught error, and at a signal that nobody else handles. Returns what takes it off the list.
 */
export function atExit(work: Work): () => void {
  if (!installed) install()
  works.add(work)
  return () => void works.delete(work)
}

function install(): void {
  installed = true
  process.on('exit', doAll)
  for (const signal of signals) process.on(signal, onSignal)
}

// Our being there took the signal's default away: without another listener it is restored and the signal sent again.
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return
  doAll()
  process.off(signal, onSignal)
  process.kill(process.pid, signal)
}

function doAll(): void {
  for (const work of [...works].reverse()) {
    works.delete(work)
    try {
      work()
    } catch {} // what can no longer be done must not keep the rest from being done
  }
}
