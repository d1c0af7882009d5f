import { parentPort, workerData } from 'node:worker_threads'
import { type FileParts, sha256SparseFile } from './sha256-file.js'

/** What `sha256InBackground` asks of its thread. */
export interface SparseFile {
  readonly path: string
  readonly size: number
  readonly parts: FileParts
}

const { path, size, parts } = workerData as SparseFile
parentPort?.postMessage(sha256SparseFile(path, size, parts))
