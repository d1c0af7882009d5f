import { spawn } from 'node:child_process'

/** What a script app left: its exit status and what it wrote. */
export interface JobResult {
  readonly status: number
  readonly output: string
}

/** Runs the script once, in a process of its own, so that each run starts afresh and its end is not ours. */
export function runJob(script: string, args: readonly string[] = []): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      process.stdout.write(text)
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ status: code ?? 1, output }))
  })
}

/** A server app whose every request is one run. */
export function jobApp(script: string): { fetch(): Promise<Response> } {
  return {
    async fetch() {
      const { status, output } = await runJob(script)
      return new Response(output, { status: status === 0 ? 200 : 500 })
    },
  }
}
