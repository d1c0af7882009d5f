import { format } from 'node:util'

interface App {
  fetch(request: Request): Response | Promise<Response>
}

/**
 * One of several apps. It is loaded when its first request comes: a worker that cannot be loaded would end the process, and with it
 * the other apps. Its console begins each line with its name.
 */
export function hostedApp(name: string, load: () => Promise<{ readonly default: App }>): App {
  let loading: Promise<{ readonly default: App }> | undefined
  let hasEnded = false
  labelConsole(name)
  const { exit } = process
  process.exit = (status) => {
    hasEnded = true
    return exit(status)
  }
  return {
    async fetch(request) {
      loading ??= load()
      const isFirst = !hasEnded
      const app = await loading.catch((error: unknown) => {
        hasEnded = true
        if (isFirst) console.error('Uncaught', error)
      })
      if (app === undefined || hasEnded) return new Response(`the app ${name} has ended\n`, { status: 503 })
      return app.default.fetch(request)
    },
  }
}

function labelConsole(name: string): void {
  for (const method of ['debug', 'error', 'info', 'log', 'warn'] as const) {
    const write = console[method].bind(console)
    console[method] = (...values) => write(format(...values).replace(/^/gm, `[${name}] `))
  }
}
