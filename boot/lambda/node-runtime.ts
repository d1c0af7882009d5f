import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// The part of Lambda's managed Node.js runtime: takes invocations from the Runtime API and hands them to the handler.
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`
const [file = '', name = ''] = (process.env._HANDLER ?? '').split('.')
const describe = (error: unknown) => ({
  errorType: error instanceof Error ? error.name : 'Error',
  errorMessage: error instanceof Error ? error.message : String(error),
})
const post = (path: string, value: unknown) =>
  fetch(`${api}/${path}`, { method: 'POST', body: JSON.stringify(value ?? null) })

try {
  const path = join(process.env.LAMBDA_TASK_ROOT ?? '', `${file}.mjs`)
  const module = (await import(pathToFileURL(path).href)) as Record<string, (event: unknown) => unknown>
  const handler = module[name]
  if (handler === undefined) throw new Error(`no handler ${name}`)
  for (;;) {
    const next = await fetch(`${api}/invocation/next`)
    const id = next.headers.get('lambda-runtime-aws-request-id')
    try {
      await post(`invocation/${id}/response`, await handler(await next.json()))
    } catch (error) {
      await post(`invocation/${id}/error`, describe(error))
    }
  }
} catch (error) {
  await post('init/error', describe(error))
  process.exitCode = 1
}
