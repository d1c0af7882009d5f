// biome-ignore-all lint: declarations follow the APIs that they describe
/**
 * The part of node:fs that reads. Paths below /app, and relative ones, are the files that the app carries; any other is the
 * machine's. Bytes are a Uint8Array, not a Buffer.
 */
declare module 'node:fs' {
  interface Stats {
    readonly size: number
    readonly mode: number
    readonly mtimeMs: number
    isFile(): boolean
    isDirectory(): boolean
  }
  type Encoding = 'utf8' | 'utf-8'
  export function readFileSync(path: string | URL, options: Encoding | { encoding: Encoding }): string
  export function readFileSync(path: string | URL, options?: null | { encoding?: null }): Uint8Array
  export function existsSync(path: string | URL): boolean
  export function accessSync(path: string | URL): void
  export function statSync(path: string | URL): Stats
  export const promises: typeof import('node:fs/promises')
}

declare module 'node:fs/promises' {
  import type { Encoding, Stats } from 'node:fs'
  export function readFile(path: string | URL, options: Encoding | { encoding: Encoding }): Promise<string>
  export function readFile(path: string | URL, options?: null | { encoding?: null }): Promise<Uint8Array>
  export function access(path: string | URL): Promise<void>
  export function stat(path: string | URL): Promise<Stats>
}
