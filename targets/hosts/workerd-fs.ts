import type { promises as Promises } from 'node:fs'

// Takes the place of node:fs in a worker: files of the app lie in its bundle. The real module has no other name there.
const fs = (
  process as unknown as { getBuiltinModule(name: string): typeof import('node:fs') }
).getBuiltinModule('node:fs')

/** Paths below /app, and relative ones, are the app's. */
function find<T>(path: T): T | string {
  const text = path instanceof URL ? decodeURIComponent(path.pathname) : path
  if (typeof text !== 'string') return path
  if (text.startsWith('/app/')) return `/bundle/assets/${text.slice('/app/'.length)}`
  return text.startsWith('/') ? path : `/bundle/assets/${text.replace(/^(\.\/)+/, '')}`
}

type Path = Parameters<typeof fs.readFileSync>[0]
type Options = Parameters<typeof fs.readFileSync>[1]

export const readFileSync = (path: Path, options?: Options) => fs.readFileSync(find(path), options)
export const existsSync = (path: string | URL) => fs.existsSync(find(path))
export const accessSync = (path: string | URL) => fs.accessSync(find(path))
export const statSync = (path: string | URL) => fs.statSync(find(path))
export const promises = {
  ...fs.promises,
  readFile: (path: Path, options?: Options) => fs.promises.readFile(find(path) as string, options as 'utf8'),
  access: (path: string | URL) => fs.promises.access(find(path)),
  stat: (path: string | URL) => fs.promises.stat(find(path)),
} as typeof Promises
export const { readFile, access, stat } = promises
const whole = { ...fs, readFileSync, existsSync, accessSync, statSync, promises, readFile, access, stat }
export default whole as unknown as typeof fs
