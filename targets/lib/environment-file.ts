import type { Build } from './target.js'

/**
 * The app's environment as lines that both a shell and systemd (systemd.exec(5), EnvironmentFile=) read: each value in double
 * quotes, in which both know the same four escapes.
 */
export function environmentFile(build: Build, { exported = false } = {}): string {
  const lines = Object.entries(build.env).map(
    ([name, value]) => `${exported ? 'export ' : ''}${name}="${value.replace(/["\\`$]/g, '\\$&')}"\n`,
  )
  const note = `# Environment of ${build.name}, one NAME="value" a line. Read when the service starts.\n`
  return note + lines.join('')
}
