import { installProcess } from './web-process.js'

/** What the worker of a script tells its page. */
export type ScriptMessage =
  | { readonly text: string; readonly stream: 'out' | 'err' }
  | { readonly status: number }

const post = (message: ScriptMessage) =>
  (globalThis as unknown as { postMessage(message: ScriptMessage): void }).postMessage(message)

/** Prepares a dedicated worker for a script: what it writes, by console too, becomes messages; so does its end, as far as it shows. */
export function prepareScript(env: Readonly<Record<string, string>>): void {
  const write = (text: string, stream: 'out' | 'err') => post({ text, stream })
  installProcess(env, write, (status) => {
    post({ status })
    globalThis.close()
  })
  const line =
    (stream: 'out' | 'err') =>
    (...values: unknown[]) =>
      write(`${values.map(show).join(' ')}\n`, stream)
  const [out, err] = [line('out'), line('err')]
  Object.assign(console, { log: out, info: out, debug: out, warn: err, error: err })
}

/** Runs it. Whether timers are left nobody can ask, so its status stands when its module has ended; what it writes later still shows. */
export async function runScript(load: () => Promise<unknown>): Promise<void> {
  try {
    await load()
    post({ status: Number(process.exitCode ?? 0) })
  } catch (error) {
    console.error(error)
    post({ status: 1 })
  }
}

declare global {
  function close(): void
}

function show(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Error) return value.stack ?? String(value)
  if (typeof value !== 'object' || value === null) return String(value)
  try {
    return JSON.stringify(value)
  } catch {
    return String(value)
  }
}
