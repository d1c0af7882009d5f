// Takes the place of node:fs in a browser: the files of the app, and no others. They come with the site as `assets`: base64 by path.
const assets = (globalThis as unknown as { unikAssets: Readonly<Record<string, string>> }).unikAssets

type Path = string | URL
type Options = string | { readonly encoding?: string | null } | null

function nameOf(path: Path): string {
  const text = path instanceof URL ? decodeURIComponent(path.pathname) : path
  return text.replace(/^\/app\//, '').replace(/^(\.\/)+/, '')
}

function bytesOf(path: Path): Uint8Array {
  const found = assets[nameOf(path)]
  if (found !== undefined) return Uint8Array.from(atob(found), (character) => character.charCodeAt(0))
  const error = new Error(`ENOENT: no such file or directory, open '${path}'`)
  throw Object.assign(error, { code: 'ENOENT', path: String(path) })
}

export function readFileSync(path: Path, options?: Options): string | Uint8Array {
  const encoding = typeof options === 'string' ? options : options?.encoding
  const bytes = bytesOf(path)
  return encoding == null ? bytes : new TextDecoder().decode(bytes)
}

export const existsSync = (path: Path): boolean => Object.hasOwn(assets, nameOf(path))

export function accessSync(path: Path): void {
  bytesOf(path)
}

export function statSync(path: Path) {
  const size = bytesOf(path).length
  return { size, mode: 0o100444, mtimeMs: 0, isFile: () => true, isDirectory: () => false }
}

export const readFile = async (path: Path, options?: Options) => readFileSync(path, options)
export const access = async (path: Path) => accessSync(path)
export const stat = async (path: Path) => statSync(path)
export const promises = { readFile, access, stat }
export default { readFileSync, existsSync, accessSync, statSync, promises, readFile, access, stat }
