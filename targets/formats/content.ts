import { createHash, type Hash } from 'node:crypto'
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../../base/temporary-folder.js'

/** Bytes that are read part by part, as often as somebody needs them, so that not all are in memory at a time. */
export interface Content {
  readonly length: number
  parts(): Iterable<Uint8Array>
}

/** In memory or not. */
export type Bytes = Uint8Array | Content

export function partsOf(bytes: Bytes): Iterable<Uint8Array> {
  return bytes instanceof Uint8Array ? [bytes] : bytes.parts()
}

/** These, one after another. */
export function contentOf(pieces: readonly Bytes[]): Content {
  return {
    length: pieces.reduce((sum, { length }) => sum + length, 0),
    *parts() {
      for (const piece of pieces) yield* partsOf(piece)
    },
  }
}

/** All of it in memory: for what is small, and for tests. */
export function bytesOf(content: Bytes): Uint8Array {
  if (content instanceof Uint8Array) return content
  const out = new Uint8Array(content.length)
  let at = 0
  for (const part of content.parts()) {
    out.set(part, at)
    at += part.length
  }
  return out
}

export function hashOf(algorithm: 'sha256' | 'sha1' | 'md5', ...contents: readonly Bytes[]): Hash {
  const hash = createHash(algorithm)
  for (const bytes of contents) for (const part of partsOf(bytes)) hash.update(part)
  return hash
}

export function sha256Of(bytes: Bytes): string {
  return hashOf('sha256', bytes).digest('hex')
}

/** Writes a file of it. */
export function writeContent(file: string, content: Bytes, mode = 0o666): void {
  writeParts(file, partsOf(content), mode)
}

export function writeParts(file: string, parts: Iterable<Uint8Array>, mode = 0o666): void {
  const handle = openSync(file, 'w', mode)
  try {
    for (const part of parts) writeAll(handle, part)
  } finally {
    closeSync(handle)
  }
}

/**
 * What is long to make is made once: up to 16 MiB of it are kept in memory, what is larger in a temporary file, which goes
 * with this process.
 */
export function keepContent(parts: Iterable<Uint8Array>): Content {
  const kept: Uint8Array[] = []
  let length = 0
  let handle: number | undefined
  let file = ''
  try {
    for (const part of parts) {
      length += part.length
      if (handle !== undefined) {
        writeAll(handle, part)
        continue
      }
      kept.push(part)
      if (length <= largestInMemory) continue
      file = newFile()
      handle = openSync(file, 'w')
      for (const each of kept.splice(0)) writeAll(handle, each)
    }
  } finally {
    if (handle !== undefined) closeSync(handle)
  }
  return handle === undefined ? contentOf(kept) : { length, parts: () => readParts(file) }
}

const largestInMemory = 1 << 24
const partSize = 1 << 18

let folder: string | undefined
let files = 0

function newFile(): string {
  folder ??= temporaryFolder('unik-build-').path
  return join(folder, String(files++))
}

function* readParts(file: string): Generator<Uint8Array> {
  const handle = openSync(file, 'r')
  try {
    for (;;) {
      const part = new Uint8Array(partSize)
      const count = readSync(handle, part)
      if (count === 0) return
      yield part.subarray(0, count)
    }
  } finally {
    closeSync(handle)
  }
}

function writeAll(handle: number, data: Uint8Array): void {
  for (let done = 0; done < data.length; ) done += writeSync(handle, data, done)
}
