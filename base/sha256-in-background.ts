import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { SparseFile } from './sha256-worker.js'

/** SHA-256 of a large file with holes on a thread of its own, one file at a time: the other processor is the caller's. */
export function sha256InBackground(file: SparseFile): Promise<string> {
  const digest = before.then(() => runWorker(file))
  before = digest.catch(() => undefined)
  return digest
}

let before: Promise<unknown> = Promise.resolve()

async function runWorker(file: SparseFile): Promise<string> {
  // Without the options of this process: some are for its main module only.
  const options = { workerData: file, execArgv: [] }
  const worker = new Worker(new URL('./sha256-worker.js', import.meta.url), options)
  const [digest] = (await once(worker, 'message')) as [string] // an error of the thread's rejects
  return digest
}
